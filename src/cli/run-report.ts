import { formatShape, type Tensor } from "../core/index.ts";
import type { ModelStats, Outputs } from "../engine/index.ts";
import type { LatencySummary } from "../scheduler/index.ts";
import { type Element, elements } from "./elements.ts";
import { formatCount, formatMs, formatNumber, formatPlural } from "./format.ts";
import type { Json } from "./json.ts";
import { formatTable } from "./table.ts";
import { summarize } from "./tensor-summary.ts";

/** What a run of one request, or many, came to. */
export interface RunReport {
  readonly file: string;
  readonly requests: number;
  /** Of the first request. */
  readonly outputs: Outputs;
  /** From request to result, as a caller sees it. */
  readonly latency: LatencySummary;
  readonly concurrency: number;
  readonly elapsedMs: number;
  /** Counts a request that was spread over the workers once for each piece. */
  readonly stats: ModelStats;
}

/** Outputs with more elements than this are summarized in JSON. */
const MAX_JSON_ELEMENTS = 1000;
const FIRST_ELEMENTS = 5;
const MAX_BATCH_SIZES = 12;

function formatComplex([re, im]: readonly [number, number]): string {
  const sign = im < 0 || Object.is(im, -0) ? "-" : "+";
  return `${formatNumber(re)}${sign}${formatNumber(Math.abs(im))}j`;
}

function formatElement(element: Element): string {
  if (typeof element === "number") return formatNumber(element);
  return typeof element === "object" ? formatComplex(element) : String(element);
}

function firstElements(tensor: Tensor): string {
  const first = [...elements(tensor, FIRST_ELEMENTS + 1)].map(formatElement);
  return first.length > FIRST_ELEMENTS ? `${first.slice(0, FIRST_ELEMENTS).join(", ")}, …` : first.join(", ");
}

function outputRow([name, tensor]: readonly [string, Tensor]): string[] {
  const summary = summarize(tensor);
  const cells = summary ? [summary.min, summary.max, summary.mean].map(formatElement) : ["", "", ""];
  const nans = summary && summary.nans > 0 ? [formatPlural(summary.nans, "NaN")] : [];
  return [name, `${tensor.dtype}${formatShape(tensor.shape)}`, firstElements(tensor), ...cells, ...nans];
}

/** One line an output: what it is, its first elements and the range of all. */
export function describeOutputs(outputs: Outputs): string {
  const columns = [
    { title: "output" },
    { title: "type" },
    { title: "first elements" },
    ...["min", "max", "mean"].map((title) => ({ title, align: "right" as const })),
    { title: "" },
  ];
  return formatTable(columns, Object.entries(outputs).map(outputRow));
}

/** The batch sizes that were formed, the most frequent ones when there are many. */
function describeBatches({ batchSizes, batches }: ModelStats): string {
  const total = batches.inline + batches.worker;
  const sizes = Object.entries(batchSizes).sort(([, a], [, b]) => b - a);
  const shown = sizes.slice(0, MAX_BATCH_SIZES).sort(([a], [b]) => Number(a) - Number(b));
  const rows = shown.map(([size, count]) => {
    return [formatCount(Number(size)), formatCount(count), `${((count / total) * 100).toFixed(1)} %`];
  });
  const columns = ["rows in a batch", "batches", "share"].map((title) => ({ title, align: "right" as const }));
  const rest = sizes.length - shown.length;
  return formatTable(columns, rows) + (rest > 0 ? `and ${formatPlural(rest, "rarer size")}\n` : "");
}

function perSecond(count: number, elapsedMs: number): number {
  return (count / elapsedMs) * 1000;
}

function describeSpeed({ requests, latency, stats, concurrency, elapsedMs }: RunReport): string {
  const { rows, batches, workers } = stats;
  const rate = formatCount(perSecond(requests, elapsedMs));
  const rowRate = rows === requests ? "" : `, ${formatCount(perSecond(rows, elapsedMs))} rows/s`;
  const { p50Ms, p95Ms, p99Ms, maxMs } = latency;
  const facts = [
    ["requests", `${formatCount(requests)} in ${formatMs(elapsedMs)}, at most ${formatCount(concurrency)} at once`],
    ["throughput", `${rate} requests/s${rowRate}`],
    ["latency", `p50 ${formatMs(p50Ms)}, p95 ${formatMs(p95Ms)}, p99 ${formatMs(p99Ms)}, max ${formatMs(maxMs)}`],
    [
      "batches",
      `${formatCount(batches.worker)} on ${formatPlural(workers.size, "worker")}, ${formatCount(batches.inline)} on the event loop`,
    ],
  ];
  return formatTable([{ title: "" }, { title: "" }], facts);
}

export function reportText(report: RunReport, options: { readonly showOutputs: boolean }): string {
  const isRepeated = report.requests > 1;
  const parts = [
    ...(options.showOutputs ? [describeOutputs(report.outputs)] : []),
    ...(isRepeated ? [describeSpeed(report), describeBatches(report.stats)] : []),
  ];
  return parts.join("\n");
}

function outputJson(tensor: Tensor): Json {
  const { dtype, shape } = tensor;
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size <= MAX_JSON_ELEMENTS) return { dtype, shape, data: [...elements(tensor)] };
  return { dtype, shape, summary: { ...summarize(tensor) } };
}

function speedJson({ requests, latency, stats, concurrency, elapsedMs }: RunReport): Json {
  const { batches, batchSizes, rows, workers } = stats;
  const { buckets: _, ...percentiles } = latency;
  return {
    requests,
    rows,
    concurrency,
    workers: workers.size,
    elapsedMs,
    requestsPerSecond: perSecond(requests, elapsedMs),
    rowsPerSecond: perSecond(rows, elapsedMs),
    latency: percentiles,
    batches: { ...batches },
    batchSizes: { ...batchSizes },
  };
}

/** `data` is in row-major order. */
export function reportJson(report: RunReport): Json {
  const outputs = Object.fromEntries(
    Object.entries(report.outputs).map(([name, tensor]) => [name, outputJson(tensor)]),
  );
  return { model: report.file, outputs, run: speedJson(report) };
}
