import { DTYPES, RelayError, Tensor, type TypedArray } from "../core/index.ts";
import type { TensorBuffer } from "../runtime/index.ts";
import type { TensorLayout } from "../workers/index.ts";

/** Results by output name, in the order of the model's outputs. */
export type Outputs = Record<string, Tensor>;

interface Rows {
  readonly payload: { readonly tensors: readonly Tensor[] };
  readonly rows: number;
}

/** Writes the rows of all requests one after another into the batch's input arrays. */
export function collate(batch: readonly Rows[], targets: readonly TypedArray[]): void {
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] as { set(source: TypedArray, offset: number): void };
    let offset = 0;
    for (const { payload } of batch) {
      const { data } = payload.tensors[i] as Tensor;
      target.set(data, offset);
      offset += data.length;
    }
  }
}

/** One output of a batch: all its rows. */
export interface BatchOutput extends TensorLayout {
  readonly name: string;
  readonly data: TypedArray;
}

/** The elements of a buffer as the typed array of its dtype. */
export function elementsOf({ dtype, bytes }: TensorBuffer): TypedArray {
  const { array } = DTYPES[dtype];
  return new array(bytes.buffer, bytes.byteOffset, bytes.byteLength / array.BYTES_PER_ELEMENT);
}

/** Cuts the outputs of a batch into each request's own copies. Without a batch axis there is one request, which gets all. */
export function split(batch: readonly Rows[], outputs: readonly BatchOutput[], isBatched: boolean): Outputs[] {
  const results: Outputs[] = batch.map(() => ({}));
  const totalRows = batch.reduce((sum, { rows }) => sum + rows, 0);
  for (const { name, dtype, data, shape } of outputs) {
    if (isBatched && shape[0] !== totalRows) throw wrongRows(name, shape, totalRows);
    const perRow = isBatched ? data.length / Math.max(1, totalRows) : data.length;
    let offset = 0;
    for (let i = 0; i < batch.length; i++) {
      const { rows } = batch[i] as Rows;
      const end = offset + (isBatched ? rows * perRow : perRow);
      (results[i] as Outputs)[name] = new Tensor(
        dtype,
        data.slice(offset, end),
        isBatched ? [rows, ...shape.slice(1)] : shape,
      );
      offset = end;
    }
  }
  return results;
}

function wrongRows(name: string, shape: readonly number[], rows: number): RelayError {
  return new RelayError("RUN_FAILED", {
    reason: `output ${name} has shape [${shape.join(", ")}] for a batch of ${rows} rows`,
  });
}
