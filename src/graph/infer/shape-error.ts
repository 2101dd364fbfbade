import { type Dim, formatShape, RelayError } from "../../core/index.ts";

/** `what` names the operator that was given the shape. */
export function shapeError(what: string, given: readonly Dim[], legal: string): RelayError<"INPUT_SHAPE"> {
  return new RelayError("INPUT_SHAPE", { name: `of ${what}`, given: formatShape(given), legal });
}
