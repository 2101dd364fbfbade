import { performance } from "node:perf_hooks";
import { type RelayError, reviveError, type TypedArray } from "../core/index.ts";
import type { SessionRef, StopToken, TensorBuffer } from "../runtime/index.ts";
import { assert } from "../util/index.ts";
import type { FromWorker, RunPlan, ToWorker } from "./protocol.ts";
import { RUN_STARTED, RUN_WAITING, regionArray, SlabHeader } from "./slab.ts";

/** Elements of a plan's tensors in a slab. */
export interface PlanViews {
  readonly inputs: readonly TypedArray[];
  /** undefined where the output comes with the reply. */
  readonly outputs: readonly (TypedArray | undefined)[];
}

/** Milliseconds; `startedMs` on this thread's `performance.now()`. */
export interface RunTiming {
  readonly startedMs: number;
  readonly computeMs: number;
}

export type LaneReply =
  | { readonly kind: "ran"; readonly timing: RunTiming; readonly outputs: readonly TensorBuffer[] }
  | { readonly kind: "failed"; readonly timing: RunTiming; readonly error: RelayError }
  /** The worker died; `started` tells whether this run may be to blame. */
  | { readonly kind: "lost"; readonly started: boolean };

/** A slab grows by doubling, from this. */
const MIN_SLAB_BYTES = 4096;

/** Plans one slab keeps prepared; beyond, all are forgotten and prepared anew when used. */
const MAX_PREPARED = 256;

/** The outside of one lane of a worker: the slab it shares with us, and at most one run in flight. */
export class Lane {
  readonly #number: number;
  readonly #post: (message: ToWorker) => void;
  #slab = new SharedArrayBuffer(0);
  #header: SlabHeader | undefined;
  #stopToken: StopToken = 0n;
  readonly #prepared = new Map<RunPlan, PlanViews>();
  #done: ((reply: LaneReply) => void) | undefined;

  constructor(number: number, post: (message: ToWorker) => void) {
    this.#number = number;
    this.#post = post;
  }

  /** The worker is there; `stopToken` stops this lane's run. */
  start(stopToken: StopToken): void {
    this.#stopToken = stopToken;
  }

  get stopToken(): StopToken {
    return this.#stopToken;
  }

  get busy(): boolean {
    return this.#done !== undefined;
  }

  /** Makes the lane ready for a plan and gives where to write its inputs and find its outputs. */
  prepare(plan: RunPlan): PlanViews {
    const known = this.#prepared.get(plan);
    if (known) return known;
    if (plan.byteLength > this.#slab.byteLength || this.#prepared.size >= MAX_PREPARED)
      this.#renewSlab(plan.byteLength);
    this.#post({ kind: "prepare", lane: this.#number, plan });
    const views = {
      inputs: plan.inputs.map((region) => regionArray(this.#slab, region)),
      outputs: plan.outputs.map((region) => (region ? regionArray(this.#slab, region) : undefined)),
    };
    this.#prepared.set(plan, views);
    return views;
  }

  /** Drops the plans of a session that is going away. */
  forget(session: SessionRef): void {
    for (const plan of this.#prepared.keys()) if (plan.session === session) this.#prepared.delete(plan);
  }

  #renewSlab(byteLength: number): void {
    const needed = Math.max(MIN_SLAB_BYTES, byteLength, this.#slab.byteLength);
    this.#slab = new SharedArrayBuffer(2 ** Math.ceil(Math.log2(needed)));
    this.#header = new SlabHeader(this.#slab);
    this.#prepared.clear();
    this.#post({ kind: "slab", lane: this.#number, slab: this.#slab });
  }

  /** Runs a prepared plan on what its input views hold. */
  run(plan: RunPlan, done: (reply: LaneReply) => void): void {
    assert(!this.#done && this.#header && this.#prepared.has(plan), "a lane runs one prepared plan at a time");
    this.#done = done;
    this.#header.state = RUN_WAITING;
    this.#post({ kind: "run", lane: this.#number, plan: plan.id });
  }

  /** A message of the worker about this lane's run. */
  settle(message: Extract<FromWorker, { kind: "ran" | "failed" }>): void {
    const timing = this.#timing();
    if (message.kind === "ran") this.#reply({ kind: "ran", timing, outputs: message.outputs ?? [] });
    else this.#reply({ kind: "failed", timing, error: reviveError(message.error) });
  }

  /** The worker is gone. */
  lose(): void {
    if (this.#done) this.#reply({ kind: "lost", started: this.#header?.state === RUN_STARTED });
  }

  #reply(reply: LaneReply): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(reply);
  }

  #timing(): RunTiming {
    const header = this.#header;
    assert(header, "a lane that ran has a slab");
    return { startedMs: header.startedEpochMs - performance.timeOrigin, computeMs: header.computeMs };
  }
}
