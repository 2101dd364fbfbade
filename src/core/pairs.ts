import { Tensor } from "./tensor.ts";

/** Complex numbers as models take and give them: pairs along a last axis. Other tensors stay; nothing is copied. */
export function asPairs(tensor: Tensor): Tensor {
  const { dtype, data, shape } = tensor;
  if (dtype === "complex64") return new Tensor("float32", data as Float32Array, [...shape, 2]);
  return dtype === "complex128" ? new Tensor("float64", data as Float64Array, [...shape, 2]) : tensor;
}
