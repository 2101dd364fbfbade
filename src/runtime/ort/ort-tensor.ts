import { DTYPES, type DType, numel, RelayError } from "../../core/index.ts";
import type { TensorBuffer } from "../backend.ts";
import type { OrtApi } from "./ort-api.ts";

const DTYPE_OF_ONNX: ReadonlyMap<number, DType> = new Map(
  Object.entries(DTYPES).map(([name, info]) => [info.onnx, name as DType]),
);

/**
 * An OrtValue over the memory of `buffer`. The native value keeps a raw pointer: the caller holds `buffer.bytes` until
 * it has released the value.
 */
export function wrapTensor(api: OrtApi, memoryInfo: bigint, buffer: TensorBuffer): bigint {
  const { bytes, shape, dtype } = buffer;
  const dims = BigInt64Array.from(shape, BigInt);
  const type = DTYPES[dtype].onnx;
  return api.make("CreateTensorWithDataAsOrtValue", memoryInfo, bytes, bytes.byteLength, dims, shape.length, type);
}

function readShape(api: OrtApi, info: bigint): number[] {
  const dims = new BigInt64Array(Number(api.make("GetDimensionsCount", info)));
  api.call("GetDimensions", info, dims, dims.length);
  return Array.from(dims, Number);
}

function readDtype(api: OrtApi, info: bigint): DType {
  const code = Number(api.make("GetTensorElementType", info) & 0xffffffffn);
  const dtype = DTYPE_OF_ONNX.get(code);
  if (!dtype)
    throw new RelayError("RUN_FAILED", {
      reason: `an output has ONNX element type ${code}, which is not a tensor of numbers`,
    });
  return dtype;
}

/** Copies an OrtValue that ONNX Runtime allocated into memory of ours. */
export function copyTensor(api: OrtApi, value: bigint): TensorBuffer {
  const info = api.make("GetTensorTypeAndShape", value);
  try {
    const shape = readShape(api, info);
    const dtype = readDtype(api, info);
    const bytes = new Uint8Array(numel(shape) * DTYPES[dtype].bytes);
    if (bytes.length > 0)
      bytes.set(new Uint8Array(api.library.ffi.view(api.make("GetTensorMutableData", value), bytes.length)));
    return { dtype, shape, bytes };
  } finally {
    api.functions.ReleaseTensorTypeAndShapeInfo(info);
  }
}
