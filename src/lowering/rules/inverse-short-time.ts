import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf, slice, squeeze, unsqueeze } from "../shaping.ts";
import { framesOf } from "./spectrum.ts";

/** How frames lie in a signal. */
interface Framing {
  readonly size: number;
  readonly step: number;
}

function framingOf(call: Call): Framing {
  const size = call.number("n_fft");
  return { size, step: call.has("hop_length") ? call.number("hop_length") : Math.floor(size / 4) };
}

/** A window as long as a frame, with zeros around a shorter one. */
function windowOf(emit: Emitter, call: Call, size: number): Operand {
  const length = call.has("win_length") ? call.number("win_length") : size;
  const window = call.has("window")
    ? emit.cast(call.tensor("window"), "float64")
    : emit.op("Expand", [emit.constant("float64", 1), emit.int64s([length])]);
  const before = Math.floor((size - length) / 2);
  if (length === size) return window;
  return emit.op("Pad", [window, emit.int64s([before, size - length - before]), emit.like(window, 0)]);
}

/** Zeros before and after along one axis. */
function padded(emit: Emitter, input: Operand, rank: number, axis: number, [before, after]: readonly [number, number]) {
  const pads = (count: number) => Array.from({ length: rank }, (_, i) => (i === axis ? count : 0));
  return emit.op("Pad", [input, emit.int64s([...pads(before), ...pads(after)]), emit.like(input, 0)]);
}

/** The sum of frames (batch, frames, size), each a step after the one before. */
function overlapped(emit: Emitter, frames: Operand, { size, step }: Framing): Operand {
  const pieces = Math.ceil(size / step);
  const even = pieces * step === size ? frames : padded(emit, frames, 3, 2, [0, pieces * step - size]);
  const shifted = Array.from({ length: pieces }, (_, i) => {
    const piece = slice(emit, even, 2, i * step, (i + 1) * step);
    return pieces === 1 ? piece : padded(emit, piece, 3, 1, [i, pieces - 1 - i]);
  });
  const sum = shifted.reduce((total, piece) => emit.op("Add", [total, piece]));
  const flat = reshapeTo(emit, sum, [0, -1]);
  const surplus = pieces * step - size;
  return surplus === 0 ? flat : slice(emit, flat, 1, 0, -surplus);
}

/** What is asked for of a signal: without what was put around it to center frames. */
function cut(emit: Emitter, call: Call, signal: Operand, size: number): Operand {
  const start = call.boolean("center") ? Math.floor(size / 2) : 0;
  if (call.has("length")) return slice(emit, signal, 1, start, start + call.number("length"));
  return start === 0 ? signal : slice(emit, signal, 1, start, -start);
}

/** Zeros where the frames end before the length that is asked for. */
function lengthened(emit: Emitter, call: Call, signal: Operand): Operand {
  if (!call.has("length")) return signal;
  const length = call.number("length");
  return slice(emit, padded(emit, signal, 2, 1, [0, length]), 1, 0, length);
}

/** Signals from their short-time spectra: overlapping frames, divided by what their windows add up to. */
const inverseShortTime: Rule = (emit, call) => {
  if (call.boolean("return_complex")) return call.refuse("a complex signal");
  const framing = framingOf(call);
  const given: ShapedOperand = call.tensor("real");
  const isSingle = given.shape.length === 2;
  const frames = framesOf(emit, call, framing.size);
  const batch = isSingle ? unsqueeze(emit, frames, 0) : frames;
  const window = windowOf(emit, call, framing.size);
  const weighted = emit.op("Mul", [emit.transpose(batch, [0, 2, 1]), window]);
  const count = sizeOf(emit, given, given.shape.length - 1);
  const square = emit.op("Mul", [window, window]);
  const weights = emit.op("Expand", [square, emit.int64s([1, count, framing.size])]);
  const [signal, envelope] = [weighted, weights].map((each) =>
    cut(emit, call, overlapped(emit, each, framing), framing.size),
  );
  const result = lengthened(emit, call, emit.op("Div", [signal, envelope]));
  return emit.cast(isSingle ? squeeze(emit, result, 0) : result, call.dtype);
};

export const INVERSE_SHORT_TIME: RuleTable = { "complex.istft.default": inverseShortTime };
