import { expect, test } from "vitest";
import { OPSETS, type Opset } from "../src/lowering/index.ts";
import { type ConformanceCase, modelCases, operatorCases } from "./cases.ts";
import { runCase } from "./run-case.ts";

const TIMEOUT_MS = 300_000;

const OTHERS = OPSETS.filter((opset) => opset !== 20);

/** Those of every opset's programs that differ from PyTorch, and what the others lack. */
function run(cases: readonly ConformanceCase[], opset: Opset): { problems: string[]; lacking: Set<string> } {
  const problems: string[] = [];
  const lacking = new Set<string>();
  for (const testCase of cases) {
    const outcome = runCase(testCase, undefined, { opset });
    if (outcome.kind === "different" || outcome.kind === "failed")
      problems.push(`${testCase.name}: ${outcome.problem}`);
    if (outcome.kind !== "refused") continue;
    for (const [, lack] of outcome.reason.matchAll(/: (\w[\w ]* needs opset \d+)/g)) lacking.add(lack ?? "");
  }
  return { problems, lacking };
}

test.each(OTHERS)(
  "models of every family give PyTorch's numbers in opset %i",
  (opset) => {
    expect(run(modelCases(), opset)).toEqual({ problems: [], lacking: new Set() });
  },
  TIMEOUT_MS,
);

const BITWISE = ["And", "Not", "Or", "Xor"].map((name) => `Bitwise${name} needs opset 18`);
const VOLUMES = ["GridSample of volumes needs opset 20", "GridSample of float64 needs opset 20"];
const LACKING: readonly (readonly [Opset, readonly string[]])[] = [
  [17, [...BITWISE, "Col2Im needs opset 18", ...VOLUMES]],
  [18, VOLUMES],
  [22, []],
];

test.each(LACKING)(
  "programs give PyTorch's numbers in opset %i, or name what it lacks",
  (opset, lacks) => {
    const bundles = operatorCases();
    const cases = ["programs", "sampling"].flatMap((name) => bundles.get(name) ?? []);
    const { problems, lacking } = run(cases, opset);
    expect(problems).toEqual([]);
    expect([...lacking].sort()).toEqual([...lacks].sort());
  },
  TIMEOUT_MS,
);
