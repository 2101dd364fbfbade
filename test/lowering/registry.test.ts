import { expect, test } from "vitest";
import { schemaOf } from "../../src/graph/index.ts";
import { supportedTargets } from "../../src/lowering/index.ts";
import { SYNONYMS } from "../../src/lowering/synonyms.ts";

test("every ATen operator that is supported exists in PyTorch", () => {
  const targets = supportedTargets().filter((target) => target.startsWith("aten."));
  expect(targets.length).toBeGreaterThan(150);
  expect(targets.filter((target) => schemaOf(target) === undefined)).toEqual([]);
});

test("no operator is listed twice", () => {
  expect(new Set(supportedTargets()).size).toBe(supportedTargets().length);
});

test.each(Object.entries(SYNONYMS))("%s takes what %s takes", (synonym, target) => {
  const parameters = schemaOf(target)?.parameters.map((parameter) => [parameter.name, parameter.default]);
  expect(parameters).toBeDefined();
  expect(schemaOf(synonym)?.parameters.map((parameter) => [parameter.name, parameter.default])).toEqual(parameters);
});
