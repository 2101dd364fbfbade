import { type Argument, isValueRef, type TensorType, type Value } from "../types.ts";
import type { ComplexCall } from "./complex-call.ts";
import { type ComplexRule, type ComplexRules, each } from "./complex-rule.ts";
import type { Parts } from "./real-math.ts";
import { isComplex } from "./real-type.ts";

interface Operands {
  readonly real: Argument;
  /** Null of real numbers. */
  readonly imaginary: Argument;
}

function operandsOf(call: ComplexCall): Operands | undefined {
  const self = call.argument("self");
  if (!isValueRef(self) || call.takesOthers(["self"])) return undefined;
  if (!isComplex(self.value)) return { real: self, imaginary: null };
  const parts = call.partsOf(self);
  return parts && { real: { value: parts.real }, imaginary: { value: parts.imaginary } };
}

/** The parts of what an operator gives that takes parts: `complex.NAME`, which only lowering knows. */
function transformed(call: ComplexCall, operands: Operands, args: Readonly<Record<string, Argument>>) {
  const target = call.node.target.replace("aten.", "complex.");
  const { result } = call.math;
  const types = isComplex({ type: call.resultType }) ? [result, result] : [result];
  return call.other(target, { ...operands, ...args }, types);
}

const transform: ComplexRule = (call) => {
  const operands = operandsOf(call);
  const { self: _, ...args } = call.node.args;
  const [real, imaginary] = operands ? transformed(call, operands, args) : [];
  return real && imaginary ? { real, imaginary } : real;
};

/** The values of a window of `size`, in the middle of zeros when it is shorter; undefined for a box of ones. */
function windowOf(call: ComplexCall, size: number, dtype: TensorType["dtype"]): Value | undefined {
  const given = call.argument("window");
  const length = call.has("win_length") ? Number(call.argument("win_length")) : size;
  const type: TensorType = { kind: "tensor", dtype, shape: [length] };
  if (!isValueRef(given) && length === size) return undefined;
  const { math } = call;
  const window = isValueRef(given)
    ? math.call("aten._to_copy.default", { self: given, dtype }, type)
    : math.call("aten.full.default", { size: [length], fill_value: 1, dtype }, type);
  const before = Math.floor((size - length) / 2);
  const pad = [before, size - length - before];
  const args = { self: { value: window }, pad };
  return length === size ? window : math.call("aten.constant_pad_nd.default", args, { ...type, shape: [size] });
}

/** Windows over a signal, each transformed: frequencies by frames. Its middle is where the caller has put it. */
const shortTime: ComplexRule = (call) => {
  const self = call.argument("self");
  const size = call.argument("n_fft");
  if (!isValueRef(self) || self.value.type.kind !== "tensor" || isComplex(self.value) || typeof size !== "number") {
    return undefined;
  }
  const step = call.has("hop_length") ? call.argument("hop_length") : Math.floor(size / 4);
  const { math, resultType } = call;
  const isPairs = !isComplex({ type: resultType });
  const shape = isPairs ? resultType.shape.slice(0, -1) : resultType.shape;
  const [leading, bins, frames] = [shape.slice(0, -2), shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const { dtype } = math.result;
  const framed: TensorType = { kind: "tensor", dtype, shape: [...leading, frames, size] };
  const cut = math.call("aten.unfold.default", { self, dimension: -1, size, step }, framed);
  const window = windowOf(call, size, dtype);
  const factors = window && { self: { value: cut }, other: { value: window } };
  const weighted = factors ? math.call("aten.mul.Tensor", factors, framed) : cut;
  const isHalf = call.argument("onesided") !== false;
  const spectrum: TensorType = { kind: "tensor", dtype, shape: [...leading, frames, bins] };
  const args = { n: null, dim: -1, norm: call.argument("normalized") === true ? "ortho" : null };
  const target = `complex.fft_${isHalf ? "rfft" : "fft"}.default`;
  const found = call.other(target, { real: { value: weighted }, imaginary: null, ...args }, [spectrum, spectrum]);
  const [real, imaginary] = found.map((part) =>
    math.call("aten.transpose.int", { self: { value: part }, dim0: -1, dim1: -2 }, { ...spectrum, shape }),
  );
  if (!real || !imaginary) return undefined;
  const parts: Parts = { real, imaginary };
  return isPairs ? math.pairs(parts) : parts;
};

export const SPECTRAL: ComplexRules = {
  ...each(
    "fft_fft.default fft_ifft.default fft_fft2.default fft_ifft2.default fft_fftn.default fft_ifftn.default " +
      "fft_rfft.default fft_rfft2.default fft_rfftn.default fft_ihfft.default fft_ihfft2.default fft_ihfftn.default " +
      "fft_irfft.default fft_irfft2.default fft_irfftn.default fft_hfft.default fft_hfft2.default fft_hfftn.default " +
      "_fft_c2c.default _fft_r2c.default _fft_c2r.default istft.default",
    transform,
  ),
  ...each("stft.default", shortTime),
};
