import { type Call, normalizeAxis } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { slice, swapAxes } from "../shaping.ts";
import { rolled } from "./pieces.ts";

/** Beyond this, tables of waves would be larger than what they transform. */
const LARGEST_TABLE = 2 ** 20;

/** Complex numbers in float64 as two tensors of one shape; real ones have no imaginary part. */
interface Spectrum {
  readonly real: Operand;
  readonly imaginary?: Operand;
  readonly shape: readonly number[];
}

/** What a transform along one axis is told. */
interface Transform {
  readonly axis: number;
  /** How many elements take part. */
  readonly size: number;
  /** -1 turns forward. */
  readonly direction: 1 | -1;
  readonly scale: number;
}

function requireTable(call: Call, rows: number, columns: number): void {
  if (rows * columns > LARGEST_TABLE) call.refuse("an axis too long for a table of waves");
}

/** Cuts or fills up with zeros. */
function fitted(emit: Emitter, input: Operand, { shape }: Spectrum, axis: number, size: number): Operand {
  const given = shape[axis] ?? 1;
  if (given >= size) return given === size ? input : slice(emit, input, axis, 0, size);
  const after = shape.map((_, i) => (i === axis ? size - given : 0));
  return emit.op("Pad", [input, emit.int64s([...after.map(() => 0), ...after]), emit.like(input, 0)]);
}

function fittedSpectrum(emit: Emitter, given: Spectrum, axis: number, size: number): Spectrum {
  const { real, imaginary, shape } = given;
  return {
    real: fitted(emit, real, given, axis, size),
    ...(imaginary && { imaginary: fitted(emit, imaginary, given, axis, size) }),
    shape: shape.with(axis, size),
  };
}

/** `input` along `axis` times a matrix of (size, count) values. */
function alongAxis(emit: Emitter, input: Operand, rank: number, axis: number, matrix: Operand): Operand {
  const moved = swapAxes(emit, input, rank, axis, rank - 1);
  return swapAxes(emit, emit.op("MatMul", [moved, matrix]), rank, axis, rank - 1);
}

function table(emit: Emitter, rows: number, columns: number, value: (row: number, column: number) => number): Operand {
  const values = Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
  return emit.constant("float64", values, [rows, columns]);
}

/** The discrete Fourier transform along one axis. */
function transformed(
  emit: Emitter,
  call: Call,
  given: Spectrum,
  { axis, size, direction, scale }: Transform,
): Spectrum {
  requireTable(call, size, size);
  const f = new Formula(emit);
  const { real, imaginary, shape } = fittedSpectrum(emit, given, axis, size);
  const angle = (k: number, t: number) => (2 * Math.PI * ((k * t) % size)) / size;
  const cosines = table(emit, size, size, (t, k) => scale * Math.cos(angle(k, t)));
  const sines = table(emit, size, size, (t, k) => direction * scale * Math.sin(angle(k, t)));
  const times = (part: Operand, matrix: Operand) => alongAxis(emit, part, shape.length, axis, matrix);
  const [cos, sin] = [times(real, cosines), times(real, sines)];
  if (!imaginary) return { real: cos, imaginary: sin, shape };
  return { real: f.sub(cos, times(imaginary, sines)), imaginary: f.add(sin, times(imaginary, cosines)), shape };
}

/** Back to real numbers, from the half of a spectrum whose other half mirrors it. */
function mirrored(emit: Emitter, call: Call, given: Spectrum, { axis, size, direction, scale }: Transform): Operand {
  const half = Math.floor(size / 2) + 1;
  requireTable(call, half, size);
  const f = new Formula(emit);
  const { real, imaginary, shape } = fittedSpectrum(emit, given, axis, half);
  const weight = (k: number) => (k === 0 || 2 * k === size ? 1 : 2);
  const angle = (k: number, t: number) => (2 * Math.PI * ((k * t) % size)) / size;
  const cosines = table(emit, half, size, (k, t) => scale * weight(k) * Math.cos(angle(k, t)));
  const sines = table(emit, half, size, (k, t) => direction * scale * weight(k) * Math.sin(angle(k, t)));
  const times = (part: Operand, matrix: Operand) => alongAxis(emit, part, shape.length, axis, matrix);
  const sum = times(real, cosines);
  return imaginary ? f.sub(sum, times(imaginary, sines)) : sum;
}

/** What each axis is multiplied by; the names are given from where the forward transform is not scaled. */
function scaleOf(call: Call, size: number, direction: 1 | -1): number {
  const norm = call.has("norm") ? call.string("norm") : "backward";
  if (norm === "ortho") return 1 / Math.sqrt(size);
  const isScaled = norm === (direction === -1 ? "forward" : "backward");
  return isScaled ? 1 / size : 1;
}

function realSpectrum(emit: Emitter, call: Call, self: ShapedOperand): Spectrum {
  const shape = self.shape.map((size) => call.known(size, "the size of a transformed tensor"));
  return { real: emit.cast(self, "float64"), shape };
}

interface Axes {
  readonly axes: readonly number[];
  /** The size of each transform; undefined where the tensor gives it. */
  readonly sizes: readonly (number | undefined)[];
}

/** By `dim` and `n`, or by `dim` and `s`. */
function axesOf(call: Call, rank: number): Axes {
  if (call.has("n") || !call.has("s")) {
    const single = call.has("n") ? call.number("n") : undefined;
    if (call.isNumber("dim")) return { axes: [normalizeAxis(call.number("dim"), rank)], sizes: [single] };
  }
  const sizes = call.has("s") ? call.ints("s") : undefined;
  const last = Array.from({ length: sizes?.length ?? rank }, (_, i) => rank - (sizes?.length ?? rank) + i);
  const axes = call.has("dim") ? call.ints("dim").map((axis) => normalizeAxis(axis, rank)) : last;
  return { axes, sizes: axes.map((_, i) => (sizes?.[i] === -1 ? undefined : sizes?.[i])) };
}

/** Real results of half a spectrum that is real itself. */
function toReal(direction: 1 | -1): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    const { axes, sizes } = axesOf(call, self.shape.length);
    const start = realSpectrum(emit, call, self);
    const whole = axes.slice(0, -1).reduce<Spectrum>((spectrum, axis, i) => {
      const size = sizes[i] ?? spectrum.shape[axis] ?? 1;
      return transformed(emit, call, spectrum, { axis, size, direction, scale: scaleOf(call, size, direction) });
    }, start);
    const axis = axes.at(-1) ?? 0;
    const size = sizes.at(-1) ?? 2 * ((start.shape[axis] ?? 1) - 1);
    return mirrored(emit, call, whole, { axis, size, direction, scale: scaleOf(call, size, direction) });
  };
}

/** Moves the middle of each axis to its beginning, or back. */
function shifted(by: (size: number) => number): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    return call.axes("dim", self.shape.length).reduce<Operand>((input, axis) => {
      const size = call.known(self.shape[axis], "the size along dim");
      return rolled(emit, input, self, axis, by(size));
    }, self);
  };
}

export const SPECTRUM: RuleTable = {
  "aten.fft_irfft.default": toReal(1),
  "aten.fft_irfft2.default": toReal(1),
  "aten.fft_irfftn.default": toReal(1),
  "aten.fft_hfft.default": toReal(-1),
  "aten.fft_hfft2.default": toReal(-1),
  "aten.fft_hfftn.default": toReal(-1),
  "aten.fft_fftshift.default": shifted((size) => Math.floor(size / 2)),
  "aten.fft_ifftshift.default": shifted((size) => Math.floor((size + 1) / 2)),
};
