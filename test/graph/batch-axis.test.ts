import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { batchSymbol, normalize } from "../../src/graph/index.ts";
import { parseGraph } from "./parse-graph.ts";

interface GoldenCase {
  readonly name: string;
  readonly apart: boolean;
  readonly graph: string;
}

const golden: readonly GoldenCase[] = JSON.parse(
  readFileSync(new URL("../fixtures/graph/batch-axis.json", import.meta.url), "utf8"),
);

function batchOf(text: string): string | undefined {
  return batchSymbol(normalize(parseGraph(text)));
}

/** The first dimension of the first input. */
function rowSymbol(text: string): string | undefined {
  return /^input .*?\[(\w+)/m.exec(text)?.[1];
}

describe("programs in which PyTorch keeps rows apart", () => {
  test.for(golden.filter(({ apart }) => apart))("$name", ({ graph }) => {
    expect(batchOf(graph)).toBe(rowSymbol(graph));
  });
});

describe("programs in which rows mix", () => {
  test.for(golden.filter(({ apart }) => !apart))("$name", ({ graph }) => {
    expect(batchOf(graph)).toBeUndefined();
  });
});
