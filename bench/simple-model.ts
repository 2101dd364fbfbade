import { load } from "torchrelay";
import { atLeast, closedLoop, type Measure, median, modelFile, rowOf } from "./measure.ts";

const ROUNDS = 7;
const ROUND_MS = 1000;

/** Single-row calls of a model that takes a microsecond: what the engine costs. */
export async function simpleModel(): Promise<Measure[]> {
  await using model = await load(modelFile("simple"));
  const row = rowOf(model);
  const inputs = Object.fromEntries(model.inputs.map(({ name }, i) => [name, row[i]])) as Parameters<
    typeof model.infer
  >[0];
  const call = () => model.infer(inputs);
  const rates: Record<number, number[]> = { 1: [], 64: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const callers of [1, 64]) rates[callers]?.push(await closedLoop(call, callers, ROUND_MS));
  }
  return [
    atLeast("SimpleModel, a lone caller", median(rates[1] ?? []), "calls/s", 150_000),
    atLeast("SimpleModel, 64 concurrent callers", median(rates[64] ?? []), "calls/s", 1_000_000),
  ];
}
