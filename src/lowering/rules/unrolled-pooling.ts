import { DTYPES } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import { reshapeTo } from "../shaping.ts";
import { integerQuotient } from "./division.ts";
import { padded, planeOf, type Sliding, slidingOver, tapPositions, taps } from "./windows.ts";

/** A pooling window, as ONNX words it. */
interface Window {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations?: readonly number[];
}

function slidingOf(call: Call, input: ShapedOperand, window: Window): Sliding {
  const { kernel_shape: kernel, strides, pads, dilations = kernel.map(() => 1) } = window;
  const rank = kernel.length;
  const counts = planeOf(call, call.result(), rank);
  return slidingOver(planeOf(call, input, rank), counts, { kernel, strides, dilations, before: pads.slice(0, rank) });
}

function least(input: Operand): bigint {
  return DTYPES[input.dtype].category === "bool" ? 0n : -(2n ** BigInt(DTYPES[input.dtype].bytes * 8 - 1));
}

/** The greatest element of each window and its position in the plane, for dtypes without native pooling. */
export function unrolledMaxPool(emit: Emitter, call: Call, input: ShapedOperand, window: Window): readonly Operand[] {
  const f = new Formula(emit);
  const rank = input.shape.length;
  const sliding = slidingOf(call, input, window);
  const wide = padded(emit, input, rank, sliding, emit.like(input, least(input)));
  const positions = tapPositions(emit, planeOf(call, input, sliding.kernel.length), sliding);
  const [first, ...rest] = taps(emit, call, wide, rank, sliding);
  const [start, ...places] = positions;
  if (!first || !start) return [];
  const zero = emit.op("Expand", [emit.int64(0), emit.op("Shape", [first])]);
  return rest.reduce<readonly [Operand, Operand]>(
    ([value, place], tap, i) => {
      const isGreater = f.greater(tap, value);
      return [f.where(isGreater, tap, value), f.where(isGreater, places[i] ?? place, place)];
    },
    [first, f.add(start, zero)],
  );
}

/** How many elements the windows along one axis divide by. */
function divisors(call: Call, sliding: Sliding, plane: readonly number[], axis: number): readonly number[] {
  const [size = 1, before = 0] = [plane[axis], sliding.before[axis]];
  const [kernel = 1, stride = 1] = [sliding.kernel[axis], sliding.strides[axis]];
  const includesPads = call.boolean("count_include_pad");
  return Array.from({ length: sliding.counts[axis] ?? 0 }, (_, o) => {
    const start = o * stride - before;
    const end = Math.min(start + kernel, size + before);
    return includesPads ? end - start : Math.min(end, size) - Math.max(start, 0);
  });
}

/** Of integers, rounded towards zero. */
function quotient(emit: Emitter, sum: Operand, divisor: Operand): Operand {
  return emit.isFloating(sum)
    ? emit.op("Div", [sum, divisor])
    : integerQuotient(emit, sum, { value: divisor, safe: divisor });
}

/** The averages of windows, for dtypes without native pooling. */
export function unrolledAveragePool(emit: Emitter, call: Call, input: ShapedOperand, window: Window): Operand {
  const rank = input.shape.length;
  const sliding = slidingOf(call, input, window);
  const plane = planeOf(call, input, sliding.kernel.length);
  const wide = padded(emit, input, rank, sliding, emit.like(input, 0));
  const sum = taps(emit, call, wide, rank, sliding).reduce((total, tap) => emit.op("Add", [total, tap]));
  if (call.has("divisor_override")) return quotient(emit, sum, emit.like(sum, call.number("divisor_override")));
  const counts = plane.map((_, axis): Operand => {
    const values = divisors(call, sliding, plane, axis);
    const line = plane.map((__, i) => (i === axis ? values.length : 1));
    return reshapeTo(emit, emit.constant(sum.dtype, values, [values.length]), line);
  });
  return quotient(
    emit,
    sum,
    counts.reduce((product, count) => emit.op("Mul", [product, count])),
  );
}
