import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf } from "../shaping.ts";

function triangle(upper: 0 | 1): Rule {
  return (emit, call) => emit.op("Trilu", [call.tensor("self"), emit.int64(call.size("diagonal"))], { upper });
}

interface Image {
  readonly input: ShapedOperand;
  readonly batch: Size;
  readonly channels: number;
  readonly height: Size;
  readonly width: Size;
}

/** The sizes of a batch of images, with at most one inferred by a later Reshape. */
function imageOf(emit: Emitter, call: Call): Image {
  const input = call.tensor("self");
  if (input.shape.length !== 4) return call.refuse("a tensor that is not 4-D");
  const channels = call.known(input.shape[1], "the number of channels");
  const size = (axis: number) => sizeOf(emit, input, axis);
  return { input, batch: size(0), channels, height: size(2), width: size(3) };
}

function product(emit: Emitter, size: Size, factor: number): Size {
  return typeof size === "number" ? size * factor : emit.op("Mul", [size, emit.int64(factor)]);
}

/** Blocks of channels become blocks of pixels. */
const pixelShuffle: Rule = (emit, call) => {
  const { input, batch, channels, height, width } = imageOf(emit, call);
  const factor = call.number("upscale_factor");
  if (emit.isFloating(input)) return emit.op("DepthToSpace", [input], { blocksize: factor, mode: "CRD" });
  const depth = channels / (factor * factor);
  const blocks = reshapeTo(emit, input, [batch, depth, factor, factor, height, width]);
  const dealt = emit.transpose(blocks, [0, 1, 4, 2, 5, 3]);
  return reshapeTo(emit, dealt, [batch, depth, product(emit, height, factor), product(emit, width, factor)]);
};

function quotient(emit: Emitter, size: Size, divisor: number): Size {
  return typeof size === "number" ? size / divisor : emit.op("Div", [size, emit.int64(divisor)]);
}

/** Blocks of pixels become blocks of channels. */
const pixelUnshuffle: Rule = (emit, call) => {
  const { input, batch, channels, height, width } = imageOf(emit, call);
  const factor = call.number("downscale_factor");
  const [rows, columns] = [quotient(emit, height, factor), quotient(emit, width, factor)];
  const blocks = reshapeTo(emit, input, [batch, channels, rows, factor, columns, factor]);
  const gathered = emit.transpose(blocks, [0, 1, 3, 5, 2, 4]);
  return reshapeTo(emit, gathered, [batch, channels * factor * factor, rows, columns]);
};

/** Reads the channels, which lie group by group, one of each group in turn. */
const channelShuffle: Rule = (emit, call) => {
  const { input, batch, channels, height, width } = imageOf(emit, call);
  const groups = call.number("groups");
  const grouped = reshapeTo(emit, input, [batch, groups, channels / groups, height, width]);
  const dealt = emit.transpose(grouped, [0, 2, 1, 3, 4]);
  return reshapeTo(emit, dealt, [batch, channels, height, width]);
};

/** A grid line per tensor, repeated along the axes of the others. */
const meshgrid: Rule = (emit, call) => {
  const tensors = call.tensors("tensors");
  const isColumnsFirst = call.has("indexing") && call.string("indexing") === "xy" && tensors.length > 1;
  const axisOf = (i: number) => (isColumnsFirst && i < 2 ? 1 - i : i);
  const lines = tensors.map((tensor, i): Operand => {
    const sizes = tensors.map((_, axis): Size => (axis === axisOf(i) ? -1 : 1));
    return reshapeTo(emit, tensor, sizes);
  });
  const counts = tensors.map((tensor) => (tensor.shape.length === 0 ? 1 : sizeOf(emit, tensor, 0)));
  const shape = emit.int64s(counts.map((_, axis) => counts[axisOf(axis)] ?? 1));
  return lines.map((line) => emit.op("Expand", [line, shape]));
};

export const REARRANGEMENT: RuleTable = {
  "aten.tril.default": triangle(0),
  "aten.triu.default": triangle(1),
  "aten.pixel_shuffle.default": pixelShuffle,
  "aten.pixel_unshuffle.default": pixelUnshuffle,
  "aten.channel_shuffle.default": channelShuffle,
  "aten.meshgrid.default": meshgrid,
  "aten.meshgrid.indexing": meshgrid,
};
