import { expect, test } from "vitest";
import type { SymbolRange } from "../../../src/core/index.ts";
import { symbol } from "../../../src/core/index.ts";
import type { Node } from "../../../src/graph/index.ts";
import { typeDifference } from "./compare-types.ts";
import { goldenCalls } from "./golden-calls.ts";

/** Calls of these are refused where PyTorch takes them, each with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  "aten.addbmm_.default": "PyTorch gives self the shape of the result",
  "aten.addr_.default": "PyTorch gives self the shape of the result",
  "aten.tensor_split.tensor_indices_or_sections": "a number in a tensor says how many pieces there are",
};

/** These need to know a size, for it tells how many results there are. */
const COUNTED = "chunk.default unsafe_chunk.default split.Tensor unsafe_split.Tensor unbind.int"
  .split(" ")
  .map((name) => `aten.${name}`);

type Symbols = Readonly<Record<string, SymbolRange>>;

function differences(nodes: readonly Node[], symbols: Symbols, refused: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const node of nodes) {
    const difference = typeDifference(node, { symbols });
    if (difference === undefined || (difference.startsWith("fails") && refused.includes(node.target))) continue;
    found[node.target] ??= `${difference} (${JSON.stringify(node.args)})`;
  }
  return found;
}

test("the types of calls of every operator are inferred as PyTorch gives them", () => {
  expect(differences(goldenCalls(), {}, Object.keys(REFUSED))).toEqual({});
});

test("sizes that are symbols come to the same sizes once they are known", () => {
  const symbols: Record<string, SymbolRange> = {};
  const nodes = goldenCalls((size) => {
    if (size < 2) return size;
    symbols[`d${size}`] = { min: size, max: size };
    return symbol(`d${size}`);
  });
  expect(differences(nodes, symbols, [...Object.keys(REFUSED), ...COUNTED])).toEqual({});
});
