import { expect, test } from "vitest";
import { type ConformanceCase, DATA, readBundle } from "./cases.ts";
import { type Outcome, runCase } from "./run-case.ts";
import { runScript, type ScriptOutcome } from "./run-script.ts";

/** Where `generate/random_programs.py` wrote programs; without it, what is committed. */
const FOLDER = process.env["TORCHRELAY_RANDOM"] ?? `${DATA}random`;
const TIMEOUT_MS = 3_600_000;
/** The others are refused: what writes through overlapping views, or sorts or transforms along a size that is open. */
const LEAST_SHARE = 0.6;

type RunAny = (testCase: ConformanceCase) => Outcome | ScriptOutcome;

test.each<[bundle: string, extension: string, run: RunAny]>([
  ["programs", ".pt2", (testCase) => runCase(testCase)],
  ["scripts", ".pt", runScript],
])(
  "%s composed at random give what PyTorch gives, or are refused",
  (bundle, extension, run) => {
    const ended = readBundle(`${FOLDER}/${bundle}.zip`, "", extension).map((each) => ({
      ...run(each),
      name: each.name,
    }));
    expect(ended.filter(({ kind }) => kind !== "equal" && kind !== "refused")).toEqual([]);
    const agreeing = ended.filter(({ kind }) => kind === "equal").length;
    expect(agreeing).toBeGreaterThanOrEqual(LEAST_SHARE * ended.length);
  },
  TIMEOUT_MS,
);
