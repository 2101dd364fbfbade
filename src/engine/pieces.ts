import { Tensor } from "../core/index.ts";
import type { Submission } from "../scheduler/index.ts";
import type { Outputs } from "./collate.ts";
import type { CheckedInputs } from "./input-validator.ts";

/** Rows `start` to `end` of a tensor: a view. */
function rowsOf(tensor: Tensor, start: number, end: number): Tensor {
  const [rows = 1, ...rest] = tensor.shape;
  const perRow = tensor.data.length / rows;
  return new Tensor(tensor.dtype, tensor.data.subarray(start * perRow, end * perRow), [end - start, ...rest]);
}

/** Cuts a request along the batch axis. */
export function cut({ tensors, rows, key }: CheckedInputs, pieceRows: number): CheckedInputs[] {
  return Array.from({ length: Math.ceil(rows / pieceRows) }, (_, i) => {
    const start = i * pieceRows;
    const end = Math.min(rows, start + pieceRows);
    return { tensors: tensors.map((tensor) => rowsOf(tensor, start, end)), rows: end - start, key };
  });
}

/** Puts the results of the pieces together again. */
export function join(pieces: readonly Outputs[], rows: number): Outputs {
  const [first = {}] = pieces;
  const entries = Object.entries(first).map(([name, { dtype, data, shape }]): [string, Tensor] => {
    const parts = pieces.map((piece) => piece[name] as Tensor);
    const joined = new (data.constructor as new (length: number) => typeof data)(
      parts.reduce((sum, part) => sum + part.data.length, 0),
    );
    let offset = 0;
    for (const part of parts) {
      (joined as { set(source: unknown, offset: number): void }).set(part.data, offset);
      offset += part.data.length;
    }
    return [name, new Tensor(dtype, joined, [rows, ...shape.slice(1)])];
  });
  return Object.fromEntries(entries);
}

/** Runs a request piece by piece, at the same time; when one fails, the others are dropped. */
export function startInPieces(
  request: CheckedInputs,
  pieceRows: number,
  start: (piece: CheckedInputs) => Submission<Outputs>,
): Submission<Outputs> {
  const pieces = cut(request, pieceRows).map(start);
  const cancel = (reason: string): void => {
    for (const piece of pieces) piece.cancel(reason);
  };
  const all = Promise.all(pieces.map(({ result }) => result));
  all.catch(() => cancel("another piece of the request failed"));
  return { result: all.then((outputs) => join(outputs, request.rows)), cancel };
}
