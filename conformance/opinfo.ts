/**
 * Runs what conformance/generate/opinfo.py wrote: `npm run opinfo -- FOLDER [name …]`. Cases run in a process of their
 * own, so that one that ends it is told from the others. Prints the totals and what is not as in PyTorch, and writes
 * the table of entries into docs/operator-database.md when all of them ran.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readBundle } from "./cases.ts";
import { type CaseReport, entriesOf, page, summary } from "./opinfo-report.ts";
import { runCase } from "./run-case.ts";

interface Message {
  readonly started?: string;
  readonly report?: CaseReport;
  readonly finished?: string;
}

const DTYPES = ["float32", "int64", "bool"];

function entryOf(bundle: string): string {
  return bundle.split(".").slice(0, -1).join(".");
}

function bundlesIn(folder: string, wanted: readonly string[]): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".zip"))
    .map((file) => path.basename(file, ".zip"))
    .filter((bundle) => DTYPES.includes(bundle.split(".").at(-1) ?? ""))
    .filter((bundle) => wanted.length === 0 || wanted.includes(entryOf(bundle)));
}

function reportOf(bundle: string, testCase: ReturnType<typeof readBundle>[number]): CaseReport {
  const base = { entry: entryOf(bundle), name: testCase.name };
  try {
    const outcome = runCase(testCase);
    if (outcome.kind === "equal") return { ...base, kind: "equal" };
    return { ...base, kind: outcome.kind, reason: outcome.kind === "refused" ? outcome.reason : outcome.problem };
  } catch (error) {
    return { ...base, kind: "failed", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Inside of the process that runs cases. */
function runBundles(folder: string): void {
  const send = (message: Message) => process.send?.(message);
  process.on("message", ({ bundle, done }: { bundle: string; done: readonly string[] }) => {
    for (const testCase of readBundle(path.join(folder, `${bundle}.zip`), "")) {
      if (done.includes(testCase.name)) continue;
      send({ started: testCase.name });
      send({ report: reportOf(bundle, testCase) });
    }
    send({ finished: bundle });
  });
}

/** Runs one bundle in `child`; gives false when that ended the process. */
function runBundle(child: ChildProcess, bundle: string, reports: CaseReport[]): Promise<boolean> {
  return new Promise((resolve) => {
    let current = "";
    const onExit = () => {
      reports.push({ entry: entryOf(bundle), name: current, kind: "failed", reason: "it ends the process" });
      resolve(false);
    };
    const onMessage = ({ started, report, finished }: Message) => {
      current = started ?? current;
      if (report) reports.push(report);
      if (finished === undefined) return;
      child.off("message", onMessage).off("exit", onExit);
      resolve(true);
    };
    child.on("message", onMessage).once("exit", onExit);
    child.send({ bundle, done: reports.map(({ name }) => name) });
  });
}

async function runAll(folder: string, bundles: readonly string[]): Promise<readonly CaseReport[]> {
  const start = () => fork(process.argv[1] ?? "", ["--child", folder]);
  const reports: CaseReport[] = [];
  let child = start();
  for (const bundle of bundles) {
    while (!(await runBundle(child, bundle, reports))) child = start();
  }
  child.disconnect();
  return reports;
}

async function main([folder = "", ...wanted]: readonly string[]): Promise<void> {
  if (folder === "--child") return runBundles(wanted[0] ?? "");
  const bundles = bundlesIn(folder, wanted);
  const reports = await runAll(folder, bundles);
  const entries = entriesOf(reports);
  console.log(summary(entries));
  writeFileSync(path.join(folder, "reports.json"), JSON.stringify(reports));
  if (wanted.length === 0) writeFileSync(new URL("../../docs/operator-database.md", import.meta.url), page(entries));
}

await main(process.argv.slice(2));
