import type { ModelStats } from "../engine/index.ts";

interface Counts {
  readonly [name: string]: number | Counts;
}

type Latency = ModelStats["latency"];

function isLatency(counts: object): counts is Latency {
  return "meanMs" in counts;
}

/** Quantiles cannot be added: the newer ones count. */
function sumLatency(before: Latency, now: Latency): Latency {
  const count = before.count + now.count;
  if (count === 0) return now;
  const meanMs = (before.count * before.meanMs + now.count * now.meanMs) / count;
  const maxMs = Math.max(before.maxMs, now.maxMs);
  return { ...(now.count > 0 ? now : before), count, meanMs, maxMs };
}

function sumCounts(before: Counts, now: Counts): Counts {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return Object.fromEntries([...names].map((name) => [name, sumEntry(before[name] ?? 0, now[name] ?? 0)]));
}

function sumEntry(before: number | Counts, now: number | Counts): number | Counts {
  if (typeof before === "number") return typeof now === "number" ? before + now : now;
  if (typeof now === "number") return before;
  if (isLatency(before) && isLatency(now)) return { ...sumLatency(before, now) };
  return sumCounts(before, now);
}

/** What a model and the one that it replaced have done together. */
export function sumStats(before: ModelStats, now: ModelStats): ModelStats {
  const sum = sumCounts(before as unknown as Counts, now as unknown as Counts) as unknown as ModelStats;
  return { ...sum, workers: now.workers };
}
