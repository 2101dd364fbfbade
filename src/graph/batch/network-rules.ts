import type { BatchCall } from "./batch-call.ts";
import { sameGrain } from "./rows.ts";
import { type BatchRule, each, hasRows, type RowOperand, type RuleTable, same } from "./rule.ts";

/** `[rows, channels, …]`: the rows are what PyTorch takes for the batch. */
const isFirst = ({ rows }: RowOperand): boolean => rows.axis === 0;

/** As many axes as the weight: a tensor with one less is a single image, whose axis 0 is the channels. */
const convolution = same("input", (input, call) => isFirst(input) && input.rank === call.operand("weight")?.rank);

/** Windows move over the last `count` axes. */
const overLast = (count: number, parameter = "self"): BatchRule =>
  same(parameter, ({ rank, rows }) => rows.axis < rank - count);

/** `vec` overloads call their tensor `input`, the others `self`. */
const resizing = (count: number): BatchRule => ({
  parameters: ["self", "input"],
  follow: (call) => {
    const tensor = call.operand("self") ?? call.operand("input");
    return hasRows(tensor) && tensor.rows.axis < tensor.rank - count ? tensor.rows : undefined;
  },
});

/** With running statistics, each channel (axis 1) is scaled by constants; with those of the batch, rows mix. */
const usesConstants = ({ rows }: RowOperand, call: BatchCall): boolean =>
  rows.axis !== 1 && call.operand("running_mean") !== undefined && call.operand("running_var") !== undefined;

const batchNorm = same("input", (input, call) => call.args["training"] === false && usesConstants(input, call));

const instanceNorm = same("input", (input, call) =>
  call.args["use_input_stats"] === true ? isFirst(input) : usesConstants(input, call),
);

const decomposedBatchNorm: BatchRule = {
  parameters: ["input"],
  follow: (call) => {
    const input = call.operand("input");
    return hasRows(input) && usesConstants(input, call) ? [input.rows, "none", "none"] : undefined;
  },
};

const overNormalizedShape = same("input", ({ rank, rows }, call) => {
  const shape = call.args["normalized_shape"];
  return Array.isArray(shape) && rows.axis < rank - shape.length;
});

/** `pad` lists pairs, the last axis first. */
const padding = same("self", ({ rank, rows }, { args: { pad, padding: amounts } }) => {
  const pairs = pad ?? amounts;
  return Array.isArray(pairs) && rows.axis < rank - pairs.length / 2;
});

/** Two tensors with the same rows on axis 0. */
const sampling: BatchRule = {
  parameters: ["input", "grid"],
  follow: (call) => {
    const [input, grid] = [call.operand("input"), call.operand("grid")];
    const areAligned =
      hasRows(input) && hasRows(grid) && isFirst(input) && isFirst(grid) && sameGrain(input.rows, grid.rows);
    return areAligned ? input.rows : undefined;
  },
};

/** `[length, rows, features]`, or rows first; states are `[layers, rows, features]` always. */
const recurrent: BatchRule = {
  parameters: ["input", "hx"],
  follow: (call) => {
    const input = call.operand("input");
    const isDropping = call.args["train"] !== false && call.args["dropout"] !== 0;
    const axis = call.args["batch_first"] === true ? 0 : 1;
    if (!hasRows(input) || input.rank !== 3 || input.rows.axis !== axis || isDropping) return undefined;
    const state = { ...input.rows, axis: 1 };
    const areAligned = call.operands("hx").every(({ rows }) => rows?.axis === 1 && sameGrain(rows, state));
    return areAligned ? [input.rows, state, state] : undefined;
  },
};

export const NETWORK_RULES: RuleTable = [
  ...each("conv1d conv2d conv3d convolution conv_transpose1d conv_transpose2d conv_transpose3d", convolution),
  ["batch_norm", batchNorm],
  ["_native_batch_norm_legit_no_training", decomposedBatchNorm],
  ["instance_norm", instanceNorm],
  ...each("layer_norm native_layer_norm rms_norm _fused_rms_norm", overNormalizedShape),
  ["group_norm", same("input", isFirst)],
  ["native_group_norm", same("input", isFirst, { takesSizes: true })],
  ["embedding", same("indices", () => true)],
  ...each("max_pool1d max_pool1d_with_indices avg_pool1d adaptive_avg_pool1d adaptive_max_pool1d", overLast(1)),
  ...each("max_pool2d max_pool2d_with_indices avg_pool2d adaptive_avg_pool2d _adaptive_avg_pool2d", overLast(2)),
  ...each("max_pool3d max_pool3d_with_indices avg_pool3d adaptive_avg_pool3d _adaptive_avg_pool3d", overLast(3)),
  ...each("adaptive_max_pool2d", overLast(2)),
  ...each("adaptive_max_pool3d", overLast(3)),
  ...each("upsample_nearest1d _upsample_nearest_exact1d upsample_linear1d", resizing(1)),
  ...each("upsample_nearest2d _upsample_nearest_exact2d upsample_bilinear2d upsample_bicubic2d", resizing(2)),
  ...each("_upsample_bilinear2d_aa _upsample_bicubic2d_aa", resizing(2)),
  ...each("upsample_nearest3d _upsample_nearest_exact3d upsample_trilinear3d", resizing(3)),
  ...each("grid_sampler grid_sampler_2d grid_sampler_3d", sampling),
  ["affine_grid_generator", same("theta", isFirst, { takesSizes: true })],
  ...each("pad constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d", padding),
  ...each("replication_pad1d replication_pad2d replication_pad3d", padding),
  ["channel_shuffle", same("self", ({ rows }) => rows.axis !== 1)],
  ["im2col", same("self", (self) => isFirst(self) && self.rank === 4)],
  ["col2im", same("self", (self) => isFirst(self) && self.rank === 3)],
  ...each("lstm.input gru.input rnn_tanh.input rnn_relu.input", recurrent),
];
