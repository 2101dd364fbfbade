import { isStatic, numel } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf, unsqueeze } from "../shaping.ts";

/** Beyond this, tables of positions would be larger than the tensors that they are for. */
const LARGEST_TABLE = 2 ** 20;

/** The positions in memory of all elements of a tensor, in order. */
function positionsOf(sizes: readonly number[], strides: readonly number[], offset: number): readonly number[] {
  return sizes.reduce<readonly number[]>(
    (starts, size, axis) =>
      starts.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * (strides[axis] ?? 0))),
    [offset],
  );
}

interface Strided {
  readonly sizes: readonly number[];
  readonly positions: Operand;
}

/** Where the call reads or writes in a tensor that lies row-major in memory. */
function stridedOf(emit: Emitter, call: Call, self: ShapedOperand): Strided {
  if (!call.isRowMajor("self")) return call.refuse("a tensor that does not lie row-major in memory");
  if (!isStatic(self.shape)) return call.refuse("a size that is not known when the model is loaded");
  const [sizes, strides] = [call.ints("size"), call.ints("stride")];
  if (numel(sizes) > LARGEST_TABLE) return call.refuse("more elements than fit a table");
  const positions = positionsOf(sizes, strides, call.has("storage_offset") ? call.number("storage_offset") : 0);
  const count = numel(self.shape);
  if (positions.some((position) => position >= count)) return call.refuse("memory outside of the tensor");
  return { sizes, positions: emit.constant("int64", positions, [positions.length]) };
}

const asStrided: Rule = (emit, call) => {
  const self = call.tensor("self");
  const { sizes, positions } = stridedOf(emit, call, self);
  return reshapeTo(emit, emit.op("Gather", [reshapeTo(emit, self, [-1]), positions], { axis: 0 }), sizes);
};

const asStridedScatter: Rule = (emit, call) => {
  const self = call.tensor("self");
  const { positions } = stridedOf(emit, call, self);
  const source = reshapeTo(emit, call.operand("src"), [-1]);
  const written = emit.op("ScatterElements", [reshapeTo(emit, self, [-1]), positions, source], { axis: 0 });
  return reshapeTo(
    emit,
    written,
    self.shape.map((size) => call.known(size, "the size")),
  );
};

/** Which elements of an axis of `total` each window has, a row for each. */
function windowPositions(emit: Emitter, total: Size, size: number, step: number): Operand {
  if (typeof total === "number") {
    const count = Math.floor((total - size) / step) + 1;
    return emit.constant("int64", positionsOf([count, size], [step, 1], 0), [count, size]);
  }
  const f = new Formula(emit);
  const end = f.add(f.sub(total, size), 1);
  const starts = emit.op("Range", [emit.int64(0), end, emit.int64(step)]);
  return f.add(unsqueeze(emit, starts, 1), emit.constant("int64", positionsOf([size], [1], 0)));
}

/** Windows along one axis, with their elements in a new last axis. */
const unfold: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length;
  const [size, step] = [call.number("size"), call.number("step")];
  if (rank === 0) return size === 0 ? call.refuse("an empty window") : reshapeTo(emit, self, [1]);
  const axis = call.axis("dimension", rank);
  const windows = emit.op("Gather", [self, windowPositions(emit, sizeOf(emit, self, axis), size, step)], { axis });
  const axes = Array.from({ length: rank + 1 }, (_, i) => i);
  return emit.transpose(windows, [...axes.filter((each) => each !== axis + 1), axis + 1]);
};

export const STRIDED: RuleTable = {
  "aten.as_strided.default": asStrided,
  "aten.as_strided_copy.default": asStrided,
  "aten.as_strided_scatter.default": asStridedScatter,
  "aten.unfold.default": unfold,
  "aten.unfold_copy.default": unfold,
};
