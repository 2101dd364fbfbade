import type { Dim } from "../../core/index.ts";
import { type Call, normalizeAxis } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula, type Term } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { slice, squeeze, unsqueeze } from "../shaping.ts";
import { rolled } from "./pieces.ts";

/** Complex numbers in float64 as two tensors of one shape; real ones have no imaginary part. */
interface Spectrum {
  readonly real: Operand;
  readonly imaginary?: Operand;
  readonly shape: readonly Dim[];
}

/** What a transform along one axis is told. */
interface Transform {
  readonly axis: number;
  /** How many elements take part; undefined for those that there are. */
  readonly size: number | undefined;
  /** -1 turns forward. */
  readonly direction: 1 | -1;
  /** Gives what the result is multiplied by. */
  readonly scale: (size: number) => number;
}

/** Cuts or fills up with zeros. */
function fitted(emit: Emitter, call: Call, input: Operand, { shape }: Spectrum, axis: number, size: number): Operand {
  const given = call.known(shape[axis], "the size of a transformed axis");
  if (given >= size) return given === size ? input : slice(emit, input, axis, 0, size);
  const after = shape.map((_, i) => (i === axis ? size - given : 0));
  return emit.op("Pad", [input, emit.int64s([...after.map(() => 0), ...after]), emit.like(input, 0)]);
}

function fittedSpectrum(emit: Emitter, call: Call, given: Spectrum, axis: number, size: number | undefined): Spectrum {
  const { real, imaginary, shape } = given;
  if (size === undefined || size === shape[axis]) return given;
  return {
    real: fitted(emit, call, real, given, axis, size),
    ...(imaginary && { imaginary: fitted(emit, call, imaginary, given, axis, size) }),
    shape: shape.with(axis, size),
  };
}

/** The forward transform, unscaled, of a real tensor or of one with imaginary parts. */
function forward(emit: Emitter, parts: readonly Operand[], shape: readonly Dim[], axis: number, isHalf = false) {
  const rank = shape.length;
  const columns = parts.map((part) => unsqueeze(emit, part, rank));
  const [only, second] = columns;
  const joined = second || !only ? emit.op("Concat", columns, { axis: rank }) : only;
  const batch = unsqueeze(emit, joined, 0);
  const found = emit.op("DFT", [batch, undefined, emit.int64(axis + 1)], { onesided: isHalf ? 1 : 0 });
  const [real, imaginary] = emit.ops("Split", [squeeze(emit, found, 0), emit.int64s([1, 1])], { axis: rank }, 2);
  return [real, imaginary].map((part) => squeeze(emit, part as Operand, rank)) as [Operand, Operand];
}

function half(size: Dim, call: Call): number {
  return Math.floor(call.known(size, "the size of a transformed axis") / 2) + 1;
}

/** The factor of a transform of an axis; without knowing its size only where that does not matter. */
function factorOf(call: Call, size: Dim, scale: Transform["scale"]): number {
  if (scale(1) === 1 && scale(2) === 1) return 1;
  return scale(call.known(size, "the size of a transformed axis"));
}

/** The discrete Fourier transform along one axis: the inverse is the forward one with the parts swapped. */
function transformed(
  emit: Emitter,
  call: Call,
  given: Spectrum,
  { axis, size, direction, scale }: Transform,
  isHalf = false,
): Spectrum {
  const { real, imaginary, shape } = fittedSpectrum(emit, call, given, axis, size);
  const f = new Formula(emit);
  const extent = shape[axis] ?? 1;
  const factor = factorOf(call, extent, scale);
  const scaled = (part: Operand) => (factor === 1 ? part : f.mul(part, factor));
  const shapeAfter = isHalf && typeof extent === "number" ? shape.with(axis, half(extent, call)) : shape;
  if (!imaginary) {
    const [cosines, sines] = forward(emit, [real], shape, axis, isHalf);
    return { real: scaled(cosines), imaginary: scaled(direction === 1 ? f.neg(sines) : sines), shape: shapeAfter };
  }
  const [a, b] = direction === 1 ? [imaginary, real] : [real, imaginary];
  const [first, second] = forward(emit, [a, b], shape, axis).map(scaled) as [Operand, Operand];
  return direction === 1 ? { real: second, imaginary: first, shape } : { real: first, imaginary: second, shape };
}

/** The half of a spectrum that mirrors the other half, behind it. */
function whole(emit: Emitter, part: Operand, axis: number, size: number, sign: Term): Operand {
  const count = size - (Math.floor(size / 2) + 1);
  if (count === 0) return part;
  const mirror = slice(emit, part, axis, count, 0, -1);
  return emit.op("Concat", [part, sign === 1 ? mirror : emit.op("Neg", [mirror])], { axis });
}

/** Back to real numbers, from the half of a spectrum whose other half mirrors it. */
function mirrored(emit: Emitter, call: Call, given: Spectrum, transform: Transform & { readonly size: number }) {
  const { axis, size, direction, scale } = transform;
  const { real, imaginary, shape } = fittedSpectrum(emit, call, given, axis, Math.floor(size / 2) + 1);
  const full: Spectrum = {
    real: whole(emit, real, axis, size, 1),
    ...(imaginary && { imaginary: whole(emit, imaginary, axis, size, -1) }),
    shape: shape.with(axis, size),
  };
  return transformed(emit, call, full, { axis, size, direction, scale }).real;
}

/** What each axis is multiplied by; the names are given from where the forward transform is not scaled. */
function scaleOf(call: Call, direction: 1 | -1): Transform["scale"] {
  const norm = call.has("norm") ? call.string("norm") : "backward";
  if (norm === "ortho") return (size) => 1 / Math.sqrt(size);
  const isScaled = norm === (direction === -1 ? "forward" : "backward");
  return isScaled ? (size) => 1 / size : () => 1;
}

function partsOf(emit: Emitter, call: Call): Spectrum {
  const real: ShapedOperand = call.tensor(call.has("real") ? "real" : "self");
  const { shape } = real;
  const imaginary = call.has("imaginary") ? emit.cast(call.tensor("imaginary"), "float64") : undefined;
  return { real: emit.cast(real, "float64"), ...(imaginary && { imaginary }), shape };
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

type Result = readonly [Operand, Operand];

function alongAll(
  emit: Emitter,
  call: Call,
  start: Spectrum,
  { axes, sizes }: Axes,
  turn: Pick<Transform, "direction" | "scale">,
): Spectrum {
  return axes.reduce<Spectrum>(
    (spectrum, axis, i) => transformed(emit, call, spectrum, { ...turn, axis, size: sizes[i] }),
    start,
  );
}

function complexResult(emit: Emitter, { real, imaginary }: Spectrum): Result {
  return [real, imaginary ?? emit.op("Expand", [emit.like(real, 0), emit.op("Shape", [real])])];
}

/** Complex numbers from complex or real ones. */
function toComplex(direction: 1 | -1): Rule {
  return (emit, call) => {
    const start = partsOf(emit, call);
    const turn = { direction, scale: scaleOf(call, direction) };
    return complexResult(emit, alongAll(emit, call, start, axesOf(call, start.shape.length), turn));
  };
}

/** Half a spectrum of real numbers: the last axis first, then whole ones along the others. */
function toHalf(direction: 1 | -1): Rule {
  return (emit, call) => {
    const start = partsOf(emit, call);
    const { axes, sizes } = axesOf(call, start.shape.length);
    const turn = { direction, scale: scaleOf(call, direction) };
    const last = { ...turn, axis: axes.at(-1) ?? 0, size: sizes.at(-1) };
    const others = { axes: axes.slice(0, -1), sizes: sizes.slice(0, -1) };
    return complexResult(emit, alongAll(emit, call, transformed(emit, call, start, last, true), others, turn));
  };
}

/** Real results of half a spectrum. */
function toReal(direction: 1 | -1): Rule {
  return (emit, call) => {
    const start = partsOf(emit, call);
    const { axes, sizes } = axesOf(call, start.shape.length);
    const turn = { direction, scale: scaleOf(call, direction) };
    const others = { axes: axes.slice(0, -1), sizes: sizes.slice(0, -1) };
    const spectrum = alongAll(emit, call, start, others, turn);
    const axis = axes.at(-1) ?? 0;
    const given = () => 2 * (call.known(start.shape[axis], "the size of a transformed axis") - 1);
    return mirrored(emit, call, spectrum, { ...turn, axis, size: sizes.at(-1) ?? given() });
  };
}

/** Of the operators that others are decomposed into: by nothing, by the root of the size, by the size. */
const SCALES: readonly Transform["scale"][] = [() => 1, (size) => 1 / Math.sqrt(size), (size) => 1 / size];

function turnOf(call: Call, isForward: boolean): Pick<Transform, "direction" | "scale"> {
  const scale = SCALES[call.number("normalization")] ?? call.refuse("an unknown normalization");
  return { direction: isForward ? -1 : 1, scale };
}

const complexToComplex: Rule = (emit, call) => {
  const start = partsOf(emit, call);
  const axes = call.axes("dim", start.shape.length);
  return complexResult(emit, alongAll(emit, call, start, { axes, sizes: [] }, turnOf(call, call.boolean("forward"))));
};

const realToComplex: Rule = (emit, call) => {
  const start = partsOf(emit, call);
  const axes = call.axes("dim", start.shape.length);
  const turn = turnOf(call, true);
  const last = { ...turn, axis: axes.at(-1) ?? 0, size: undefined };
  const first = transformed(emit, call, start, last, call.boolean("onesided"));
  return complexResult(emit, alongAll(emit, call, first, { axes: axes.slice(0, -1), sizes: [] }, turn));
};

const complexToReal: Rule = (emit, call) => {
  const start = partsOf(emit, call);
  const axes = call.axes("dim", start.shape.length);
  const turn = turnOf(call, false);
  const spectrum = alongAll(emit, call, start, { axes: axes.slice(0, -1), sizes: [] }, turn);
  return mirrored(emit, call, spectrum, { ...turn, axis: axes.at(-1) ?? 0, size: call.number("last_dim_size") });
};

/** The frames, in float64, whose spectra lie along the axis before the last one. Of whole ones, half is read. */
export function framesOf(emit: Emitter, call: Call, size: number): Operand {
  const start = partsOf(emit, call);
  const isNormalized = call.boolean("normalized");
  const scale = (count: number) => (isNormalized ? 1 / Math.sqrt(count) : 1 / count);
  const transform = { axis: start.shape.length - 2, size, direction: 1, scale } as const;
  return mirrored(emit, call, start, transform);
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

function each(names: string, rule: Rule, namespace: "aten" | "complex" = "complex"): RuleTable {
  return Object.fromEntries(names.split(" ").map((name) => [`${namespace}.${name}.default`, rule]));
}

const [BACK, HERMITIAN] = ["fft_irfft fft_irfft2 fft_irfftn", "fft_hfft fft_hfft2 fft_hfftn"];

/** `complex.` operators take and give parts instead of complex numbers. */
export const SPECTRUM: RuleTable = {
  ...each("fft_fft fft_fft2 fft_fftn", toComplex(-1)),
  ...each("fft_ifft fft_ifft2 fft_ifftn", toComplex(1)),
  ...each("fft_rfft fft_rfft2 fft_rfftn", toHalf(-1)),
  ...each("fft_ihfft fft_ihfft2 fft_ihfftn", toHalf(1)),
  ...each(BACK, toReal(1)),
  ...each(BACK, toReal(1), "aten"),
  ...each(HERMITIAN, toReal(-1)),
  ...each(HERMITIAN, toReal(-1), "aten"),
  ...each("_fft_c2c", complexToComplex),
  ...each("_fft_r2c", realToComplex),
  ...each("_fft_c2r", complexToReal),
  "aten.fft_fftshift.default": shifted((size) => Math.floor(size / 2)),
  "aten.fft_ifftshift.default": shifted((size) => Math.floor((size + 1) / 2)),
};
