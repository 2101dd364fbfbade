import { expect, test } from "vitest";
import type { ConformanceCase } from "./cases.ts";
import { runScript, type ScriptOutcome } from "./run-script.ts";
import { archiveCases } from "./script-cases.ts";
import { LEAST_AGREEING, SCRIPT_EXCEPTIONS, SCRIPT_REFUSALS } from "./script-exceptions.ts";

const TIMEOUT_MS = 300_000;

interface Ended {
  readonly name: string;
  readonly outcome: ScriptOutcome;
}

/** What is wrong with how a case ended; undefined when it is as it should be. */
function problemOf({ name, outcome }: Ended): string | undefined {
  if (outcome.kind === "equal" || name in SCRIPT_EXCEPTIONS) return undefined;
  if (outcome.kind === "different") return `${name}: ${outcome.problem}`;
  return SCRIPT_REFUSALS.some((reason) => reason.test(outcome.reason)) ? undefined : `${name}: ${outcome.reason}`;
}

function expectAgreement(bundle: string, cases: readonly ConformanceCase[]): void {
  const ended = cases.map((each) => ({ name: each.name, outcome: runScript(each) }));
  const agreeing = ended.filter(({ outcome }) => outcome.kind === "equal").length;
  console.log(`${bundle}: ${agreeing} of ${cases.length} as PyTorch, the others refused`);
  expect(ended.flatMap((each) => problemOf(each) ?? [])).toEqual([]);
  expect(agreeing).toBeGreaterThanOrEqual(LEAST_AGREEING[bundle] ?? Number.NaN);
}

test.each([...archiveCases()])(
  "TorchScript archives, %s, give what PyTorch gives or are refused for a listed reason",
  (bundle, cases) => expectAgreement(bundle, cases),
  TIMEOUT_MS,
);
