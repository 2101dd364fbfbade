import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMPLEX_TARGETS } from "../src/graph/index.ts";
import { supportedTargets } from "../src/lowering/index.ts";
import { type ConformanceCase, DATA, modelCases, operatorCases, scriptCases } from "./cases.ts";
import { EXPECTED_REFUSALS, PROVEN_ELSEWHERE, reasonToRefuse } from "./exceptions.ts";
import { runCase } from "./run-case.ts";

const TIMEOUT_MS = 300_000;

const covered = new Set<string>();

/** What is wrong with how a case ended; undefined when it is as it should be. */
function problemOf(testCase: ConformanceCase): string | undefined {
  const outcome = runCase(testCase);
  const reason = reasonToRefuse(testCase.name);
  if (outcome.kind === "different" || outcome.kind === "failed") return `${testCase.name}: ${outcome.problem}`;
  if (outcome.kind === "equal") {
    for (const target of outcome.targets) covered.add(target);
    return reason && `${testCase.name} is listed as refused (${reason}) and runs`;
  }
  const isExpected = reason !== undefined && outcome.reason.includes(reason);
  return isExpected ? undefined : `${testCase.name}: ${outcome.reason}`;
}

function expectConformance(name: string, cases: readonly ConformanceCase[]): void {
  const problems = cases.map(problemOf).filter((problem) => problem !== undefined);
  const refused = cases.filter((testCase) => reasonToRefuse(testCase.name) !== undefined).length;
  console.log(`${name}: ${cases.length - refused - problems.length} as PyTorch, ${refused} refused as listed`);
  expect(problems).toEqual([]);
}

const bundles = operatorCases();

test.each([...bundles])("operators, %s", (name, cases) => expectConformance(name, cases), TIMEOUT_MS);

test("models of every family, as exported and decomposed", () => expectConformance("models", modelCases()), TIMEOUT_MS);

test("programs in TorchScript", () => expectConformance("torchscript", scriptCases()), TIMEOUT_MS);

test("every supported operator has a case that gives what PyTorch gives", () => {
  const missing = supportedTargets().filter((target) => !covered.has(target) && !PROVEN_ELSEWHERE.has(target));
  expect(missing).toEqual([]);
});

test("the data was generated for the operators that are supported", () => {
  const generated = readFileSync(`${DATA}targets.txt`, "utf8").trim().split("\n");
  expect(generated).toEqual([...supportedTargets()]);
});

test("the data of complex numbers was generated for the operators that run on them", () => {
  const generated = readFileSync(`${DATA}complex-targets.txt`, "utf8").trim().split("\n");
  expect(generated).toEqual([...COMPLEX_TARGETS].sort());
});

test("every listed refusal is of a case that exists", () => {
  const names = new Set([...bundles.values()].flat().map(({ name }) => name));
  const listed = Object.values(EXPECTED_REFUSALS).flat();
  expect(listed.filter((name) => !names.has(name))).toEqual([]);
});
