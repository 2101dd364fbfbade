import os from "node:os";
import { cpuBudget, packageFacts } from "../util/index.ts";
import { formatBytes, formatNumber, formatPlural } from "./format.ts";
import type { Json } from "./json.ts";

/** What a check that passed has seen. */
export interface Finding {
  readonly text: string;
  readonly facts?: { readonly [name: string]: Json };
}

/** Something that must be right on this machine. What needs native code is imported late: a check may fail, not the command. */
export interface Check {
  readonly name: string;
  /** Throws when it is not right. */
  readonly look: () => Finding | Promise<Finding>;
}

/** Whether `version`, `20.19.0`, is at least that of `range`, `>=20.19.0`. */
export function isAtLeast(version: string, range: string): boolean {
  const [have, need] = [version, range].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (have?.[i] ?? 0) - (need?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function checkNode(): Finding {
  const { node: range } = packageFacts().engines;
  const version = process.versions.node;
  if (!isAtLeast(version, range)) throw new Error(`${version}; torchrelay needs ${range}`);
  return { text: `${version} (needs ${range})`, facts: { version, range } };
}

function checkPlatform(): Finding {
  const { platform, arch } = process;
  return { text: `${platform} ${arch}, ${os.release()}`, facts: { platform, arch, release: os.release() } };
}

async function checkLibrary(): Promise<Finding> {
  const { OrtBackend } = await import("../runtime/index.ts");
  const backend = new OrtBackend();
  try {
    const { version, libraryFile: file } = backend;
    return { text: `${version}, ${file}`, facts: { version, file } };
  } finally {
    backend.close();
  }
}

async function checkCores(): Promise<Finding> {
  const { cores: usable, cgroupCores } = cpuBudget();
  const present = os.cpus().length;
  const allowed = os.availableParallelism();
  const limit =
    cgroupCores === undefined ? "no control group limit" : `control group grants ${formatNumber(cgroupCores)}`;
  const text = `${usable} usable: ${present} present, ${allowed} in the affinity mask, ${limit}`;
  return { text, facts: { usable, present, allowed, cgroup: cgroupCores ?? null } };
}

/** The control group's limit in bytes; undefined where there is none. */
function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < os.totalmem() ? limit : undefined;
}

function checkMemory(): Finding {
  const [total, free, limit] = [os.totalmem(), os.freemem(), memoryLimit()];
  const group = limit === undefined ? "no control group limit" : `control group grants ${formatBytes(limit)}`;
  const text = `${formatBytes(free)} free of ${formatBytes(total)}, ${group}`;
  return { text, facts: { total, free, cgroup: limit ?? null } };
}

async function checkWorkers(): Promise<Finding> {
  const { cores: workers } = cpuBudget();
  return { text: `${formatPlural(workers, "thread")} by default`, facts: { workers } };
}

async function checkRun(): Promise<Finding> {
  const { runSelfTest } = await import("./self-test.ts");
  await runSelfTest();
  return { text: "a linear layer, run on a worker thread, gave the right numbers" };
}

export const CHECKS: readonly Check[] = [
  { name: "Node.js", look: checkNode },
  { name: "platform", look: checkPlatform },
  { name: "ONNX Runtime", look: checkLibrary },
  { name: "cores", look: checkCores },
  { name: "memory", look: checkMemory },
  { name: "workers", look: checkWorkers },
  { name: "self-test", look: checkRun },
];
