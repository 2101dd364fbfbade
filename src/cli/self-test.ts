import { contiguousStrides, RelayError, symbol, Tensor, type TensorLocation } from "../core/index.ts";
import { Engine } from "../engine/index.ts";
import { type Graph, GraphBuilder } from "../graph/index.ts";

const WEIGHT = [1, 2, 3, 4, -1, 0, 1, 0.5] as const;
const BIAS = [0.5, -0.5] as const;
const INPUT = [1, 1, 1, 1, 2, 0, -2, 4] as const;
/** INPUT · WEIGHTᵀ + BIAS, by hand. */
const EXPECTED = [10.5, 0, 12.5, -2.5] as const;

function inMemory(values: readonly number[], shape: readonly number[]): TensorLocation {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const storage = { kind: "memory", bytes } as const;
  return { storage, dtype: "float32", shape, strides: contiguousStrides(shape), storageOffset: 0 };
}

/** y = x · WEIGHTᵀ + BIAS for x of float32[n, 4]. */
function linear(): Graph {
  const builder = new GraphBuilder();
  builder.symbol("n", { min: 1, max: 8 });
  const input = builder.input("x", { kind: "tensor", dtype: "float32", shape: [symbol("n"), 4] });
  const weight = builder.weight("parameter", "weight", inMemory(WEIGHT, [2, 4]));
  const bias = builder.weight("parameter", "bias", inMemory(BIAS, [2]));
  const args = { input: { value: input }, weight: { value: weight }, bias: { value: bias } };
  const type = { kind: "tensor", dtype: "float32", shape: [symbol("n"), 2] } as const;
  builder.output("y", builder.node("aten.linear.default", args, type));
  return builder.build();
}

/** Runs a tiny model the way all models run, and compares. @throws RelayError when that fails */
export async function runSelfTest(): Promise<void> {
  await using engine = new Engine({ workers: 1, inlineBudgetMs: 0 });
  const model = await engine.open({ kind: "graph", graph: linear() });
  const { y } = await model.infer([new Tensor("float32", Float32Array.from(INPUT), [2, 4])]);
  const given = y ? Array.from(y.data, Number) : [];
  if (EXPECTED.some((value, i) => value !== given[i])) {
    throw new RelayError("RUN_FAILED", {
      reason: `a linear layer gave ${given.join(", ")}, not ${EXPECTED.join(", ")}`,
    });
  }
}
