import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf, squeeze, unsqueeze } from "../shaping.ts";

/** How windows lie along one axis. */
interface Stride {
  readonly kernel: number;
  readonly dilation: number;
  readonly padding: number;
  readonly stride: number;
}

/** For rows and columns. */
function stridesOf(call: Call): readonly Stride[] {
  const [kernel, dilation, padding, stride] = ["kernel_size", "dilation", "padding", "stride"].map((name) =>
    call.ints(name, 2),
  );
  return [0, 1].map((axis) => ({
    kernel: kernel?.[axis] ?? 1,
    dilation: dilation?.[axis] ?? 1,
    padding: padding?.[axis] ?? 0,
    stride: stride?.[axis] ?? 1,
  }));
}

/** How many windows fit on a padded axis. */
function windowCount(emit: Emitter, size: Size, { kernel, dilation, padding, stride }: Stride): Size {
  const spare = 2 * padding - dilation * (kernel - 1) - 1;
  if (typeof size === "number") return Math.floor((size + spare) / stride) + 1;
  const steps = emit.op("Div", [emit.op("Add", [size, emit.int64(spare)]), emit.int64(stride)]);
  return emit.op("Add", [steps, emit.int64(1)]);
}

/** Positions on the padded axis: row k has the k-th element of every window. */
function windowPositions(emit: Emitter, count: Size, { kernel, dilation, stride }: Stride): Operand {
  const multiples = (of: Size, factor: number) =>
    emit.op("Mul", [emit.op("Range", [emit.int64(0), emit.int64(of), emit.int64(1)]), emit.int64(factor)]);
  return emit.op("Add", [unsqueeze(emit, multiples(kernel, dilation), 1), multiples(count, stride)]);
}

function padded(emit: Emitter, images: Operand, strides: readonly Stride[]): Operand {
  const pads = [0, 0, ...strides.map(({ padding }) => padding)];
  if (pads.every((pad) => pad === 0)) return images;
  return emit.op("Pad", [images, emit.int64s([...pads, ...pads]), emit.like(images, 0)], { mode: "constant" });
}

/** Runs what takes a batch on what may lack that axis. */
function inBatch(emit: Emitter, self: ShapedOperand, rank: number, run: (batch: ShapedOperand) => Operand): Operand {
  if (self.shape.length === rank) return run(self);
  return squeeze(emit, run({ ...unsqueeze(emit, self, 0), shape: [1, ...self.shape] }), 0);
}

/** Every window as a column. */
const unfold: Rule = (emit, call) =>
  inBatch(emit, call.tensor("self"), 4, (images) => {
    const strides = stridesOf(call);
    const [rows, columns] = strides as readonly [Stride, Stride];
    const [height, width] = [
      windowCount(emit, sizeOf(emit, images, 2), rows),
      windowCount(emit, sizeOf(emit, images, 3), columns),
    ];
    const lines = emit.op("Gather", [padded(emit, images, strides), windowPositions(emit, height, rows)], { axis: 2 });
    const windows = emit.op("Gather", [lines, windowPositions(emit, width, columns)], { axis: 4 });
    const channels = call.known(images.shape[1], "the number of channels");
    const sizes = [sizeOf(emit, images, 0), channels * rows.kernel * columns.kernel];
    const count = typeof height === "number" && typeof width === "number" ? height * width : -1;
    return reshapeTo(emit, emit.transpose(windows, [0, 1, 2, 4, 3, 5]), [...sizes, count]);
  });

/** The sum of all columns, each put back where its window lies. */
const fold: Rule = (emit, call) => {
  const strides = stridesOf(call);
  const each = (name: keyof Stride) => strides.map((stride) => stride[name]);
  const attributes = {
    dilations: each("dilation"),
    pads: [...each("padding"), ...each("padding")],
    strides: each("stride"),
  };
  return inBatch(emit, call.tensor("self"), 3, (columns) => {
    const sizes = call.sizes("output_size");
    const [rows, across] = sizes.length === 1 ? [sizes[0], sizes[0]] : sizes;
    if (rows === undefined || across === undefined) return call.refuse("output_size has no two sizes");
    return emit.op("Col2Im", [columns, emit.int64s([rows, across]), emit.int64s(each("kernel"))], attributes);
  });
};

export const SLIDING_WINDOWS: RuleTable = {
  "aten.im2col.default": unfold,
  "aten.col2im.default": fold,
};
