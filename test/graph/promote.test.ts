import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { DType } from "../../src/core/index.ts";
import { type Argument, promoteTypes, resultType } from "../../src/graph/index.ts";

type Operand = readonly [DType, number] | number | boolean;

interface Golden {
  readonly promoteTypes: readonly (readonly [DType, DType, DType | null])[];
  readonly resultType: readonly (readonly [Operand, Operand, DType | null])[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("../fixtures/graph/promotions.json", import.meta.url), "utf8"));

function asArgument(operand: Operand): Argument {
  if (typeof operand !== "object") return operand;
  const [dtype, rank] = operand;
  return { value: { name: "x", type: { kind: "tensor", dtype, shape: Array.from({ length: rank }, () => 1) } } };
}

test("promoteTypes gives what torch.promote_types gives", () => {
  for (const [a, b, expected] of golden.promoteTypes)
    expect([a, b, promoteTypes(a, b) ?? null]).toEqual([a, b, expected]);
});

test("resultType gives what torch.result_type gives", () => {
  for (const [a, b, expected] of golden.resultType) {
    expect([a, b, resultType([asArgument(a), asArgument(b)]) ?? null]).toEqual([a, b, expected]);
  }
});
