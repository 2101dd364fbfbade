import { readdirSync } from "node:fs";
import { modelCases, operatorCases } from "../../../conformance/cases.ts";
import { type ByteSource, FileSource } from "../../../src/container/index.ts";
import type { Graph } from "../../../src/graph/index.ts";
import { loadProgram } from "../../../src/loader/index.ts";

export interface RecordedGraph {
  readonly name: string;
  readonly graph: Graph;
}

const FIXTURES = [new URL("../../fixtures/pt2/", import.meta.url), new URL("../../cli/fixtures/", import.meta.url)];
/** These hold what is not loaded, or operators that are not known. */
const REFUSED = ["stateful.pt2", "exotic.pt2"];

function fixtures(): readonly { readonly name: string; readonly source: () => ByteSource }[] {
  return FIXTURES.flatMap(({ pathname }) =>
    readdirSync(pathname)
      .filter((file) => file.endsWith(".pt2") && !REFUSED.includes(file))
      .map((file) => ({ name: file, source: () => new FileSource(`${pathname}${file}`) })),
  );
}

function graphOf(source: ByteSource): Graph {
  try {
    return loadProgram(source).graph;
  } finally {
    source.close();
  }
}

/** The graph of every program that PyTorch wrote for the tests, with the types that PyTorch recorded. */
export function recordedGraphs(): readonly RecordedGraph[] {
  const cases = [...modelCases(), ...[...operatorCases().values()].flat(), ...fixtures()];
  return cases.map(({ name, source }) => ({ name, graph: graphOf(source()) }));
}
