import { numel } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import { reshapeTo } from "../shaping.ts";

/** How windows slide over the last axes of a tensor. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before and after each axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** How many windows there are along each axis. */
  readonly counts: readonly number[];
}

/** More taps than this would make a model of too many nodes. */
const MOST_TAPS = 512;

/** All offsets within a window, the last axis fastest. */
function offsetsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (found, size) => found.flatMap((start) => Array.from({ length: size }, (_, i) => [...start, i])),
    [[]],
  );
}

/** `input` with `value` around it, so that every window lies inside. */
export function padded(emit: Emitter, input: Operand, rank: number, sliding: Sliding, value: Operand): Operand {
  const leading = Array<number>(rank - sliding.kernel.length).fill(0);
  const pads = [...leading, ...sliding.before, ...leading, ...sliding.after];
  return pads.every((pad) => pad === 0) ? input : emit.op("Pad", [input, emit.int64s(pads), value]);
}

/** For each offset within a window the elements at that offset, of all windows; of a padded input. */
export function taps(emit: Emitter, call: Call, input: Operand, rank: number, sliding: Sliding): readonly Operand[] {
  const { kernel, strides, dilations, counts } = sliding;
  if (numel(kernel) > MOST_TAPS) call.refuse("windows of more elements than can be unrolled");
  const axes = kernel.map((_, i) => rank - kernel.length + i);
  return offsetsOf(kernel).map((offsets) => {
    const starts = offsets.map((offset, i) => offset * (dilations[i] ?? 1));
    const ends = starts.map((start, i) => start + ((counts[i] ?? 1) - 1) * (strides[i] ?? 1) + 1);
    const vectors = [starts, ends, axes, strides].map((values) => emit.int64s(values));
    return emit.op("Slice", [input, ...vectors]);
  });
}

/** The sizes of the last axes, which must be known. */
export function planeOf(call: Call, { shape }: Pick<ShapedOperand, "shape">, rank: number): readonly number[] {
  return shape.slice(-rank).map((size) => call.known(size, "the size of the plane"));
}

/** Pads such that the windows that were counted fit. */
export function slidingOver(
  plane: readonly number[],
  counts: readonly number[],
  given: Omit<Sliding, "after" | "counts">,
): Sliding {
  const after = plane.map((size, i) => {
    const reach = ((given.kernel[i] ?? 1) - 1) * (given.dilations[i] ?? 1) + 1;
    const needed = ((counts[i] ?? 1) - 1) * (given.strides[i] ?? 1) + reach;
    return Math.max(0, needed - size - (given.before[i] ?? 0));
  });
  return { ...given, after, counts };
}

/** The position in its plane of what each offset within each window names, in the shape that broadcasts over windows. */
export function tapPositions(emit: Emitter, plane: readonly number[], sliding: Sliding): readonly Operand[] {
  const { kernel, strides, dilations, before, counts } = sliding;
  return offsetsOf(kernel).map((offsets) => {
    const positions = counts.reduce<readonly number[]>(
      (found, count, i) =>
        found.flatMap((start) =>
          Array.from({ length: count }, (_, o) => {
            const at = o * (strides[i] ?? 1) + (offsets[i] ?? 0) * (dilations[i] ?? 1) - (before[i] ?? 0);
            return start * (plane[i] ?? 1) + at;
          }),
        ),
      [0],
    );
    return reshapeTo(emit, emit.constant("int64", positions, [positions.length]), counts);
  });
}
