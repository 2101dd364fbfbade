import { Tensor } from "../../dist/index.js";
import type { ModelSource } from "../../dist/workers/index.js";

/** A model without a runtime: y = x, for x of int32[n, 2]. */
export function echo(behaviour: { delayMs?: number; throwOn?: number; exitOn?: number } = {}): ModelSource {
  const spec = { dtype: "int32", shape: [{ op: "symbol", name: "n" }, 2] } as const;
  const signature = {
    inputs: [{ name: "x", ...spec }],
    outputs: [{ name: "y", ...spec }],
    symbols: { n: { min: 0, max: Number.POSITIVE_INFINITY } },
    batchSymbol: "n",
  };
  return { kind: "session", session: { backend: "null", delayMs: 0, ...behaviour }, signature };
}

/** Rows that carry a number, so that a wrong row shows. */
export function rows(id: number, count = 1): Tensor<"int32"> {
  return new Tensor(
    "int32",
    Int32Array.from({ length: count * 2 }, () => id),
    [count, 2],
  );
}
