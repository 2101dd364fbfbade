import type { JsonValue } from "../container/index.ts";
import { DATATYPE_NAMES, type DType, dtypeOf, LIMITS } from "../core/index.ts";
import { invalid } from "./invalid.ts";
import { asSize } from "./request-json.ts";

/** What a tensor of a message says of itself. */
export interface TensorHeader {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

function readShape(sizes: readonly JsonValue[], name: string): number[] {
  const shape = sizes.map((size) => asSize(size, `a dimension of ${name}`));
  if (shape.length <= LIMITS.tensorRank) return shape;
  throw invalid(`${name} has ${shape.length} dimensions; at most ${LIMITS.tensorRank} are legal`);
}

/** @throws RelayError REQUEST_INVALID */
export function readTensorHeader(name: string, datatype: string, sizes: readonly JsonValue[]): TensorHeader {
  const dtype = dtypeOf(datatype);
  if (!dtype) throw invalid(`datatype of ${name} is ${datatype}; legal: ${DATATYPE_NAMES}`);
  return { name, dtype, shape: readShape(sizes, name) };
}
