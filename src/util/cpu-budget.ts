import { readFileSync } from "node:fs";
import os from "node:os";

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Cores the control group grants, from cgroup v2's `cpu.max` ("quota period" or "max period"); undefined without a limit. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? "").split(" ").map(Number);
  return quota && period && quota > 0 ? quota / period : undefined;
}

function cgroupCores(): number | undefined {
  const v2 = parseCpuMax(readText("/sys/fs/cgroup/cpu.max"));
  if (v2 !== undefined) return v2;
  const quota = readText("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const period = readText("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  return parseCpuMax(`${quota} ${period}`);
}

/** What this process may compute with. */
export interface CpuBudget {
  /** Whole cores, at least 1: the smaller of what the machine, the affinity mask and the control group grant. */
  readonly cores: number;
  /** The control group's own limit, possibly a fraction; absent when it sets none. */
  readonly cgroupCores?: number;
}

export function cpuBudget(): CpuBudget {
  const limit = cgroupCores();
  const cores = Math.max(1, Math.floor(Math.min(os.availableParallelism(), limit ?? Number.POSITIVE_INFINITY)));
  return { cores, ...(limit !== undefined && { cgroupCores: limit }) };
}
