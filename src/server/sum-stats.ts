import type { ModelStats } from "../engine/index.ts";

type Latency = ModelStats["latency"];

interface Counts {
  readonly [name: string]: number | Counts | Latency;
}

function isLatency(counts: object): counts is Latency {
  return "meanMs" in counts;
}

/** The bounds are the same for all. */
function sumBuckets(before: Latency["buckets"], now: Latency["buckets"]): Latency["buckets"] {
  return now.map(({ upToMs, count }, i) => ({ upToMs, count: count + (before[i]?.count ?? 0) }));
}

/** Quantiles cannot be added: the newer ones count. */
function sumLatency(before: Latency, now: Latency): Latency {
  const count = before.count + now.count;
  if (count === 0) return now;
  const meanMs = (before.count * before.meanMs + now.count * now.meanMs) / count;
  const maxMs = Math.max(before.maxMs, now.maxMs);
  const buckets = sumBuckets(before.buckets, now.buckets);
  return { ...(now.count > 0 ? now : before), count, meanMs, maxMs, buckets };
}

function sumCounts(before: Counts, now: Counts): Counts {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return Object.fromEntries([...names].map((name) => [name, sumEntry(before[name] ?? 0, now[name] ?? 0)]));
}

type Entry = Counts[string];

function sumEntry(before: Entry, now: Entry): Entry {
  if (typeof before === "number") return typeof now === "number" ? before + now : now;
  if (typeof now === "number") return before;
  if (isLatency(before) && isLatency(now)) return sumLatency(before, now);
  return sumCounts(before as Counts, now as Counts);
}

/** What a model and the one that it replaced have done together. */
export function sumStats(before: ModelStats, now: ModelStats): ModelStats {
  const sum = sumCounts(before as unknown as Counts, now as unknown as Counts) as unknown as ModelStats;
  return { ...sum, workers: now.workers };
}
