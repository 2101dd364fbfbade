import type { Dim, DType } from "../../../core/index.ts";
import { requireSame } from "../broadcast.ts";
import { floorDivide, plus, times } from "../dim-math.ts";
import { asReal, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

type Shape = readonly Dim[];

const asComplex = (dtype: DType): DType => (asReal(dtype) === "float64" ? "complex128" : "complex64");
const asRealFloat = (dtype: DType): DType => (asReal(dtype) === "float64" ? "float64" : "float32");

/** How many frequencies a transform of real numbers keeps. */
const half = (size: Dim): Dim => plus(floorDivide(size, 2), 1);
/** How many real numbers so many frequencies stand for. */
const whole = (size: Dim): Dim => times(2, plus(size, -1));

/** The axes of a transform; given sizes without axes are those of the last. */
function transformed(call: InferCall, shape: Shape): readonly number[] {
  if (call.argument("n") !== undefined || !call.has("s")) {
    return call.has("dim") ? call.givenAxes("dim", shape) : [...shape.keys()];
  }
  if (call.has("dim")) return call.givenAxes("dim", shape);
  const count = call.sizes("s").length;
  return Array.from({ length: count }, (_, index) => shape.length - count + index);
}

function sizesAlong(call: InferCall, axes: readonly number[]): readonly (Dim | undefined)[] {
  const given = call.has("n") ? call.sizes("n") : call.has("s") ? call.sizes("s") : [];
  return axes.map((_, index) => (given[index] === -1 ? undefined : given[index]));
}

/** `last` gives the size of the last axis from the one it has, or, `isBack`, where none is asked for. */
function transform(
  dtypeOf: (dtype: DType) => DType,
  last: (size: Dim) => Dim = (size) => size,
  isBack = false,
): InferRule {
  return (call) => {
    const { dtype, shape } = call.tensor("self");
    const axes = transformed(call, shape);
    const sizes = sizesAlong(call, axes);
    const result = axes.reduce<Shape>((sum, axis, index) => {
      const size = sizes[index] ?? shape[axis] ?? 1;
      if (index < axes.length - 1) return sum.with(axis, size);
      return sum.with(axis, isBack && sizes[index] !== undefined ? size : last(size));
    }, shape);
    return tensor(dtypeOf(dtype), result);
  };
}

const toComplex: InferRule = transform(asComplex);
const realToComplex: InferRule = transform(asComplex, half);
const complexToReal: InferRule = transform(asRealFloat, whole, true);

const oneSided: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.givenAxes("dim", shape).at(-1) ?? 0;
  return tensor(asComplex(dtype), call.boolean("onesided") ? shape.with(axis, half(shape[axis] ?? 1)) : shape);
};

const backToReal: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.givenAxes("dim", shape).at(-1) ?? 0;
  return tensor(asRealFloat(dtype), shape.with(axis, call.size("last_dim_size")));
};

const frequencies =
  (count: (size: Dim) => Dim): InferRule =>
  (call) =>
    fresh(call.dtype() ?? "float32", [count(call.size("n"))]);

const window: InferRule = (call) => fresh(call.dtype() ?? "float32", [call.size("window_length")]);

/** Frequencies by frames, of complex numbers or of pairs. */
const shortTime: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const size = call.int("n_fft");
  const step = call.has("hop_length") ? call.int("hop_length") : Math.floor(size / 4);
  const isComplex = dtype.startsWith("complex");
  const isHalf = call.has("onesided") ? call.boolean("onesided") : !isComplex;
  const frames = plus(floorDivide(plus(shape.at(-1) ?? 1, -size), step), 1);
  const result = [...shape.slice(0, -1), isHalf ? half(size) : size, frames];
  const isWanted = call.has("return_complex") ? call.boolean("return_complex") : isComplex;
  return isWanted ? tensor(asComplex(dtype), result) : tensor(asRealFloat(dtype), [...result, 2]);
};

/** The frames overlap; what was put around the signal to center it is cut off. */
const inverseShortTime: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const size = call.int("n_fft");
  const step = call.has("hop_length") ? call.int("hop_length") : Math.floor(size / 4);
  const all = plus(size, times(step, plus(shape.at(-1) ?? 1, -1)));
  const length = call.has("length") ? call.size("length") : plus(all, call.boolean("center") ? -size : 0);
  const result = call.boolean("return_complex") ? asComplex(dtype) : asRealFloat(dtype);
  return tensor(result, [...shape.slice(0, -2), length]);
};

const asPairs: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  return tensor(asReal(dtype), [...shape, 2], contiguous);
};

const fromPairs: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  requireSame(call, 2, shape.at(-1) ?? 1, shape, "[…, 2]");
  return tensor(asComplex(dtype), shape.slice(0, -1), contiguous);
};

const component: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  const isReal = asReal(dtype) === dtype;
  return tensor(asReal(dtype), shape, isReal ? contiguous : undefined);
};

export const SPECTRAL: InferRules = {
  ...named(toComplex, "fft_fft fft_ifft fft_fft2 fft_ifft2 fft_fftn fft_ifftn"),
  ...named(realToComplex, "fft_rfft fft_rfft2 fft_rfftn fft_ihfft fft_ihfft2 fft_ihfftn"),
  ...named(complexToReal, "fft_irfft fft_irfft2 fft_irfftn fft_hfft fft_hfft2 fft_hfftn"),
  _fft_c2c: (call) => tensor(call.tensor("self").dtype, call.tensor("self").shape),
  _fft_r2c: oneSided,
  _fft_c2r: backToReal,
  fft_fftfreq: frequencies((size) => size),
  fft_rfftfreq: frequencies(half),
  ...named(window, "hann_window hamming_window blackman_window kaiser_window"),
  stft: shortTime,
  istft: inverseShortTime,
  view_as_real: asPairs,
  view_as_complex: fromPairs,
  ...named(component, "real imag"),
};
