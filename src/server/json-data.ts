import type { JsonValue } from "../container/index.ts";
import { DTYPES, type DType, datatypeOf, numel, type Tensor, type TypedArray } from "../core/index.ts";
import { invalid } from "./invalid.ts";
import { JSON_ELEMENTS, type JsonElements } from "./json-elements.ts";
import type { TensorHeader } from "./tensor-header.ts";

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The elements of data that is nested as `shape` says, or flat; undefined when it is neither. */
function leaves(data: readonly JsonValue[], shape: readonly number[]): readonly JsonValue[] | undefined {
  if (!isList(data[0])) return data;
  if (data.length !== shape[0]) return undefined;
  let level = data;
  for (const size of shape.slice(1)) {
    if (!level.every((row) => isList(row) && row.length === size)) return undefined;
    level = level.flat() as readonly JsonValue[];
  }
  return level;
}

/** @throws RelayError REQUEST_INVALID for dtypes that are sent as binary data only */
export function elementsFor(name: string, dtype: DType): JsonElements {
  const elements = JSON_ELEMENTS[dtype];
  if (elements) return elements;
  throw invalid(`${name} is ${datatypeOf(dtype)}, which has no JSON form; send and ask for it as binary data`);
}

/** Fills the array of a tensor from its JSON. @throws RelayError REQUEST_INVALID */
export function readJsonData(data: readonly JsonValue[], { name, dtype, shape }: TensorHeader): TypedArray {
  const { read, legal } = elementsFor(name, dtype);
  const values = leaves(data, shape);
  const count = numel(shape);
  if (values?.length !== count) {
    throw invalid(`data of ${name} does not fit shape [${shape.join(", ")}]: ${count} elements, flat or nested so`);
  }
  const target: { [index: number]: number | bigint } & TypedArray = new DTYPES[dtype].array(count);
  for (let i = 0; i < count; i++) {
    const element = read(values[i] as JsonValue);
    if (element === undefined) {
      throw invalid(`element ${i} of ${name} is not ${datatypeOf(dtype)}, which is written as ${legal}`);
    }
    target[i] = element;
  }
  return target;
}

/** The elements of a tensor as JSON texts, in row-major order. @throws RelayError REQUEST_INVALID */
export function jsonTexts(name: string, { dtype, data }: Tensor): readonly string[] {
  const { write } = elementsFor(name, dtype);
  const elements = data as ArrayLike<number | bigint>;
  const texts = new Array<string>(elements.length);
  for (let i = 0; i < texts.length; i++) texts[i] = write(elements[i] as number | bigint);
  return texts;
}

/**
 * The JSON of each row of a tensor, nested as its shape says; a tensor without dimensions is its own one row.
 * @throws RelayError REQUEST_INVALID
 */
export function rowTexts(name: string, tensor: Tensor): readonly string[] {
  let texts = jsonTexts(name, tensor);
  for (let axis = tensor.shape.length - 1; axis > 0; axis--) {
    const size = tensor.shape[axis] ?? 0;
    const count = numel(tensor.shape.slice(0, axis));
    const inner = texts;
    texts = Array.from({ length: count }, (_, i) => `[${inner.slice(i * size, (i + 1) * size).join()}]`);
  }
  return texts;
}
