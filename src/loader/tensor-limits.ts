import { type Dim, DTYPES, type DType, LIMITS } from "../core/index.ts";
import { Excess } from "./refusal.ts";

/** Refuses a tensor of which what is known of the shape already is more than one may have. @throws Excess */
export function checkTensorLimits(dtype: DType, shape: readonly Dim[]): void {
  const { tensorRank, tensorBytes } = LIMITS;
  if (shape.length > tensorRank) throw new Excess("the rank of a tensor", shape.length, "tensorRank");
  const known = shape.reduce<number>(
    (product, dim) => product * (typeof dim === "number" ? dim : 1),
    DTYPES[dtype].bytes,
  );
  if (known > tensorBytes) throw new Excess("the size of a tensor in bytes", known, "tensorBytes");
}
