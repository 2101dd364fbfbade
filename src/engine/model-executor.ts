import { RelayError, type TypedArray } from "../core/index.ts";
import type { OrtBackend, TensorBuffer } from "../runtime/index.ts";
import type { BatchOutcome, BatchTiming, Executor, Work } from "../scheduler/index.ts";
import {
  type LaneReply,
  type LoadedModel,
  noWorkers,
  type PlanViews,
  type RunPlan,
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

/** Runs the batches of one model, on the pool or on the calling thread. */
export class ModelExecutor implements Executor<CheckedInputs, Outputs> {
  readonly #model: LoadedModel;
  readonly #plans: RunPlans;
  readonly #pool: WorkerPool;
  readonly #backend: OrtBackend;
  readonly #inline: InlineLane;

  constructor(model: LoadedModel, plans: RunPlans, pool: WorkerPool, backend: OrtBackend, inline: InlineLane) {
    this.#model = model;
    this.#plans = plans;
    this.#pool = pool;
    this.#backend = backend;
    this.#inline = inline;
  }

  freeWorkers(expectedMs: number): number {
    return this.#pool.freeLanes(depthFor(expectedMs));
  }

  whenWorkerFree(callback: () => void): void {
    this.#pool.whenFree(callback);
  }

  #planFor(batch: Batch): RunPlan {
    let rows = 0;
    for (const ticket of batch) rows += ticket.rows;
    return this.#plans.get((batch[0] as Batch[number]).payload, rows);
  }

  runInline(batch: Batch): { readonly results: readonly Outputs[]; readonly timing: BatchTiming } {
    const plan = this.#planFor(batch);
    const views = this.#inline.views(plan);
    collate(batch, views.inputs);
    const { outputs, ...timing } = this.#inline.run(plan);
    const unplaced = outputs.filter((_, i) => !views.outputs[i]);
    return { results: this.#results(batch, plan, views, unplaced), timing };
  }

  runOnWorker(batch: Batch, done: (outcome: BatchOutcome<Outputs>) => void): () => void {
    const free = this.#pool.freeLane(depthFor(0));
    if (!free) {
      queueMicrotask(() => done({ kind: "failed", error: noWorkers() }));
      return () => {};
    }
    const { lane, worker } = free;
    const plan = this.#planFor(batch);
    const views = lane.prepare(plan);
    collate(batch, views.inputs);
    let stopped = false;
    lane.run(plan, (reply) => {
      if (stopped) this.#backend.resume(lane.stopToken);
      done(this.#outcome(reply, batch, plan, views, worker));
    });
    return () => {
      stopped = true;
      this.#backend.stop(lane.stopToken);
    };
  }

  #outcome(
    reply: LaneReply,
    batch: Batch,
    plan: RunPlan,
    views: PlanViews,
    worker: { readonly number: number; readonly reason: string },
  ): BatchOutcome<Outputs> {
    if (reply.kind === "lost") {
      if (!reply.started) return { kind: "unstarted" };
      return { kind: "failed", error: new RelayError("WORKER_DIED", { worker: worker.number, reason: worker.reason }) };
    }
    const timing = { ...reply.timing, worker: worker.number };
    if (reply.kind === "failed") return { kind: "failed", error: reply.error, timing };
    return { kind: "done", results: this.#results(batch, plan, views, reply.outputs), timing };
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
