import { performance } from "node:perf_hooks";
import { RelayError, type TypedArray } from "../core/index.ts";
import type { OrtBackend, TensorBuffer } from "../runtime/index.ts";
import type { BatchOutcome, BatchTiming, Executor, Work } from "../scheduler/index.ts";
import {
  type LaneReply,
  type LoadedModel,
  noWorkers,
  type PlanViews,
  type RunPlan,
  type Share,
  type WorkerPool,
} from "../workers/index.ts";
import { type BatchOutput, collate, elementsOf, type Outputs, split } from "./collate.ts";
import type { InlineLane } from "./inline-lane.ts";
import type { CheckedInputs } from "./input-validator.ts";
import type { RunPlans } from "./run-plans.ts";

type Batch = readonly Work<CheckedInputs>[];

/**
 * Batches shorter than this are queued behind a worker's current one, so that it need not wait for the hand-off;
 * longer ones wait here, where they can still grow and go to whoever is free first. Milliseconds.
 */
const PIPELINE_BELOW_MS = 2;

/** A batch that a worker has been given. */
interface WorkerRun {
  readonly batch: Batch;
  readonly plan: RunPlan;
  readonly views: PlanViews;
  readonly worker: { readonly number: number; readonly reason: string };
  readonly inputMs: number;
}

export interface ExecutorParts {
  readonly model: LoadedModel;
  readonly plans: RunPlans;
  readonly pool: WorkerPool;
  readonly backend: OrtBackend;
  readonly inline: InlineLane;
  /** What of the pool is the model's. */
  readonly share: Share;
  /** Of the model's runs, how many go on at a time. */
  readonly runsAtOnce: number;
}

/** Runs the batches of one model, on the pool or on the calling thread. */
export class ModelExecutor implements Executor<CheckedInputs, Outputs> {
  readonly #model: LoadedModel;
  readonly #plans: RunPlans;
  readonly #pool: WorkerPool;
  readonly #backend: OrtBackend;
  readonly #inline: InlineLane;
  readonly #share: Share;
  readonly #runsAtOnce: number;
  #running = 0;
  /** Who waits for a run of this model to end. */
  readonly #waiting: (() => void)[] = [];

  constructor(parts: ExecutorParts) {
    const { model, plans, pool, backend, inline, share, runsAtOnce } = parts;
    this.#model = model;
    this.#plans = plans;
    this.#pool = pool;
    this.#backend = backend;
    this.#inline = inline;
    this.#share = share;
    this.#runsAtOnce = runsAtOnce;
  }

  freeWorkers(expectedMs: number): number {
    const depth = depthFor(expectedMs);
    const left = depth * this.#runsAtOnce - this.#running;
    return left > 0 ? Math.min(left, this.#pool.freeLanes(depth, this.#share)) : 0;
  }

  /** One that has all its runs does not stand in line for workers, where it would hold up other models. */
  whenWorkerFree(callback: () => void): void {
    if (this.#running < this.#runsAtOnce) this.#pool.whenFree(this.#share, callback);
    else this.#waiting.push(callback);
  }

  #ended(): void {
    this.#running--;
    for (const callback of this.#waiting.splice(0)) callback();
  }

  #planFor(batch: Batch): RunPlan {
    let rows = 0;
    for (const ticket of batch) rows += ticket.rows;
    return this.#plans.get((batch[0] as Batch[number]).payload, rows);
  }

  runInline(batch: Batch): { readonly results: readonly Outputs[]; readonly timing: BatchTiming } {
    const plan = this.#planFor(batch);
    const views = this.#inline.views(plan);
    const beganMs = performance.now();
    collate(batch, views.inputs);
    const { outputs, startedMs, computeMs } = this.#inline.run(plan);
    const unplaced = outputs.filter((_, i) => !views.outputs[i]);
    const ranMs = performance.now();
    const results = this.#results(batch, plan, views, unplaced);
    const timing = { startedMs, computeMs, inputMs: startedMs - beganMs, outputMs: performance.now() - ranMs };
    return { results, timing };
  }

  /** @param shrinks whether the runtime gives back afterwards what it took for this batch and those before */
  runOnWorker(batch: Batch, done: (outcome: BatchOutcome<Outputs>) => void, shrinks = false): () => void {
    const free = this.#pool.freeLane(depthFor(0));
    if (!free) {
      queueMicrotask(() => done({ kind: "failed", error: noWorkers() }));
      return () => {};
    }
    const { lane, worker } = free;
    const plan = this.#planFor(batch);
    const views = lane.prepare(plan);
    const beganMs = performance.now();
    collate(batch, views.inputs);
    const inputMs = performance.now() - beganMs;
    let stopped = false;
    if (shrinks) this.#backend.shrinkAfterRuns(lane.stopToken, true);
    this.#running++;
    lane.run(plan, (reply) => {
      if (shrinks) this.#backend.shrinkAfterRuns(lane.stopToken, false);
      if (stopped) this.#backend.resume(lane.stopToken);
      done(this.#outcome(reply, { batch, plan, views, worker, inputMs }));
      this.#ended();
    });
    return () => {
      stopped = true;
      this.#backend.stop(lane.stopToken);
    };
  }

  #outcome(reply: LaneReply, { batch, plan, views, worker, inputMs }: WorkerRun): BatchOutcome<Outputs> {
    if (reply.kind === "lost") {
      if (!reply.started) return { kind: "unstarted" };
      return { kind: "failed", error: new RelayError("WORKER_DIED", { worker: worker.number, reason: worker.reason }) };
    }
    this.#pool.charge(this.#share, reply.timing.computeMs * this.#model.intraOpThreads);
    const timing = { ...reply.timing, worker: worker.number, inputMs, outputMs: 0 };
    if (reply.kind === "failed") return { kind: "failed", error: reply.error, timing };
    const ranMs = performance.now();
    const results = this.#results(batch, plan, views, reply.outputs);
    return { kind: "done", results, timing: { ...timing, outputMs: performance.now() - ranMs } };
  }

  /** @param unplaced the outputs that have no place in the views, in order */
  #results(batch: Batch, plan: RunPlan, views: PlanViews, unplaced: readonly TensorBuffer[]): Outputs[] {
    const { outputs, batchSymbol } = this.#model.signature;
    let next = 0;
    const all = outputs.map(({ name }, i): BatchOutput => {
      const region = plan.outputs[i];
      if (region) return { name, dtype: region.dtype, shape: region.shape, data: views.outputs[i] as TypedArray };
      const sent = unplaced[next++] as TensorBuffer;
      return { name, dtype: sent.dtype, shape: sent.shape, data: elementsOf(sent) };
    });
    return split(batch, all, batchSymbol !== undefined);
  }
}

function depthFor(expectedMs: number): number {
  return expectedMs < PIPELINE_BELOW_MS ? 2 : 1;
}
