import { performance } from "node:perf_hooks";
import { DTYPES, evaluateDim, RelayError, type Signature, Tensor } from "../core/index.ts";
import type { BatchOutcome, BatchTiming, CostModel } from "../scheduler/index.ts";
import type { LoadedModel } from "../workers/index.ts";
import { elementsOf, type Outputs } from "./collate.ts";
import type { CheckedInputs, InputValidator } from "./input-validator.ts";
import type { ModelExecutor } from "./model-executor.ts";

/** Runs that are timed per batch size, after one that is not; long ones vary less, so that fewer do. */
const TIMED_RUNS = 3;
const TIMED_MS = 20;

/** Each batch size that is timed is so many times the one before; traffic finds out about those between. */
const GROWTH = 4;

/** The value given to symbols that nothing else determines. */
const TYPICAL_SIZE = 16;

/** Repeats or cuts the rows of a sample so that there are `rows` of them. */
function withRows(sample: Tensor, rows: number): Tensor {
  const [have = 1, ...rest] = sample.shape;
  const perRow = sample.data.length / Math.max(1, have);
  const { array, lanes } = DTYPES[sample.dtype];
  const data = new array(rows * rest.reduce((product, size) => product * size, lanes));
  const target = data as { set(source: unknown, offset: number): void };
  if (have > 0)
    for (let row = 0; row < rows; row++)
      target.set(sample.data.subarray((row % have) * perRow, ((row % have) + 1) * perRow), row * perRow);
  return new Tensor(sample.dtype, data, [rows, ...rest]);
}

function symbolDefaults(signature: Signature, rows: number): Map<string, number> {
  const clamp = (value: number, { min, max }: { min: number; max: number }): number =>
    Math.min(max, Math.max(min, value));
  const entries = Object.entries(signature.symbols).map(([name, range]) => {
    return [name, clamp(name === signature.batchSymbol ? rows : TYPICAL_SIZE, range)] as const;
  });
  return new Map(entries);
}

function zeros(signature: Signature, rows: number): Tensor[] {
  const values = symbolDefaults(signature, rows);
  return signature.inputs.map(({ dtype, shape }) => {
    const sizes = shape.map((dim) => evaluateDim(dim, values) ?? 1);
    const { array, lanes } = DTYPES[dtype];
    return new Tensor(dtype, new array(sizes.reduce((product, size) => product * size, lanes)), sizes);
  });
}

/** The inputs that the file carries. */
export function sampleTensors({ sampleInputs }: LoadedModel): readonly Tensor[] | undefined {
  return sampleInputs?.map((buffer) => new Tensor(buffer.dtype, elementsOf(buffer), buffer.shape));
}

/** Inputs for a run of `rows` rows: the file's own samples where it has them, else zeros. */
function warmUpInputs(model: LoadedModel, rows: number): readonly Tensor[] {
  const { signature } = model;
  const samples = sampleTensors(model);
  if (!samples) return zeros(signature, rows);
  return signature.batchSymbol === undefined ? samples : samples.map((sample) => withRows(sample, rows));
}

/** Whether batches may have more rows than one. */
function batchSizes({ signature: { batchSymbol, symbols } }: LoadedModel, maxRows: number): number[] {
  if (batchSymbol === undefined) return [1];
  const { min = 1, max = Number.POSITIVE_INFINITY } = symbols[batchSymbol] ?? {};
  const sizes: number[] = [];
  for (let rows = Math.max(1, min); rows <= Math.min(max, maxRows); rows *= GROWTH) sizes.push(rows);
  return sizes;
}

/** A worker, as soon as one is free. */
async function freeWorker(executor: ModelExecutor): Promise<void> {
  while (executor.freeWorkers(0) === 0) await new Promise<void>((resolve) => executor.whenWorkerFree(resolve));
}

/** Runs once, on another worker if one dies before it has begun. */
async function probe(executor: ModelExecutor, payload: CheckedInputs, shrinks = false): Promise<BatchTiming> {
  for (;;) {
    await freeWorker(executor);
    const outcome = await new Promise<BatchOutcome<Outputs>>((resolve) => {
      executor.runOnWorker([{ payload, rows: payload.rows }], resolve, shrinks);
    });
    if (outcome.kind === "done") return outcome.timing;
    if (outcome.kind === "failed") throw outcome.error;
  }
}

/** What warm-up works on, and within which bounds. */
export interface WarmUp {
  readonly model: LoadedModel;
  readonly executor: ModelExecutor;
  readonly validator: InputValidator;
  /** Where measurements go, by shape key. */
  readonly costOf: (key: string) => CostModel;
  readonly budgetMs: number;
  readonly maxRows: number;
}

/** @returns the batches that ran, the smallest first */
async function timeBatches(task: WarmUp): Promise<readonly CheckedInputs[]> {
  const { model, executor, validator, costOf, budgetMs, maxRows } = task;
  const endMs = performance.now() + budgetMs;
  const tried: CheckedInputs[] = [];
  for (const rows of batchSizes(model, maxRows)) {
    const checked = validator.check(warmUpInputs(model, rows));
    tried.push(checked);
    const cost = costOf(checked.key);
    await probe(executor, checked);
    const enoughMs = performance.now() + TIMED_MS;
    for (let run = 0; run < TIMED_RUNS && performance.now() < Math.min(enoughMs, endMs); run++) {
      cost.observe(rows, (await probe(executor, checked)).computeMs);
    }
    const untimedAndTimedMs = 2 * GROWTH * cost.meanMs(rows);
    if (cost.ceiling() < rows || performance.now() + untimedAndTimedMs >= endMs) break;
  }
  return tried;
}

/** The largest batches take memory that the runtime keeps, and that traffic may never need. */
async function shrink({ executor }: WarmUp, tried: readonly CheckedInputs[]): Promise<void> {
  const [smallest] = tried;
  if (smallest && tried.length > 1) await probe(executor, smallest, true);
}

/**
 * Runs a model once on the shapes it declares, so that it is ready, then times growing batches until time per row no
 * longer falls or `budgetMs` is used up; keeps no memory for the large ones. @throws RelayError RUN_FAILED when the model
 * fails on the file's own samples; that it fails on zeros means nothing, and a loop may never end on them
 */
export async function warmUp(task: WarmUp): Promise<void> {
  if (task.model.signature.hasLoops && !task.model.sampleInputs) return;
  try {
    await shrink(task, await timeBatches(task));
  } catch (error) {
    if (task.model.sampleInputs || !(error instanceof RelayError)) throw error;
  }
}
