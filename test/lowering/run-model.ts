import type { LoweredModel } from "../../src/core/index.ts";
import { lower } from "../../src/lowering/index.ts";
import { openSession, type TensorBuffer } from "../../src/runtime/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";

export function runModel(model: LoweredModel, ...inputs: readonly TensorBuffer[]): readonly TensorBuffer[] {
  const session = openSession(model);
  try {
    return session.run(inputs);
  } finally {
    session.close();
  }
}

/** Lowers and runs the graph that `printGraph` prints as `text`. */
export function runText(text: string, ...inputs: readonly TensorBuffer[]): readonly TensorBuffer[] {
  return runModel(lower(parseGraph(text)), ...inputs);
}

export function floatsOf({ bytes }: TensorBuffer): number[] {
  return [...new Float32Array(bytes.slice().buffer)];
}
