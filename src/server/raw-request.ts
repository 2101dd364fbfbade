import { DTYPES, numel, type Signature, Tensor, type TensorSpec } from "../core/index.ts";
import { readBinaryData } from "./binary-data.ts";
import type { InferRequest } from "./infer-request.ts";
import { invalid } from "./invalid.ts";

/** The shape of one row of so many bytes: at most one dimension is unknown. */
function shapeOf({ name, dtype, shape }: TensorSpec, byteLength: number, batchSymbol: string | undefined): number[] {
  const sizes = shape.map((dim, axis) => (axis === 0 && batchSymbol !== undefined ? 1 : dim));
  const variable = sizes.filter((size) => typeof size !== "number").length;
  if (variable > 1) throw invalid(`${name} has several variable dimensions, which raw binary data cannot tell`);
  const known = numel(sizes.map((size) => (typeof size === "number" ? size : 1)));
  const unknown = byteLength / DTYPES[dtype].bytes / known;
  if (variable === 1 && !Number.isSafeInteger(unknown)) {
    throw invalid(`${byteLength} bytes are no whole number of elements of ${name}`);
  }
  return sizes.map((size) => (typeof size === "number" ? size : unknown));
}

/** A request whose whole body is the data of the model's one input. @throws RelayError REQUEST_INVALID */
export function readRawRequest(body: Uint8Array, { inputs, batchSymbol }: Signature): InferRequest {
  const [input, ...others] = inputs;
  if (!input || others.length > 0) {
    throw invalid(`raw binary data is for models of one input; this one has ${inputs.length}`);
  }
  const { name, dtype } = input;
  const shape = shapeOf(input, body.length, batchSymbol);
  const tensor = new Tensor(dtype, readBinaryData(body, { name, dtype, shape }), shape);
  return { id: undefined, parameters: {}, inputs: { [name]: tensor }, outputs: undefined, isBinary: true };
}
