import { RelayError } from "../core/index.ts";
import type { SessionRef } from "../runtime/index.ts";
import { FairShares, type Share } from "./fair-shares.ts";
import { type WorkerEvents, WorkerHandle } from "./handle.ts";
import type { Lane } from "./lane.ts";
import { Loader } from "./loader.ts";
import { LANES_PER_WORKER, type LoadedModel, type LoadSettings, type ModelSource } from "./protocol.ts";

/** Threads that die before they take work are replaced this many times in a row, then no more. */
const MAX_FAILED_STARTS = 3;

/** A lane that is free, with the worker it belongs to. */
export interface FreeLane {
  readonly lane: Lane;
  readonly worker: WorkerHandle;
}

/** The worker threads of an engine: which are free, whose turn it is, and a new one for each that dies. */
export class WorkerPool {
  readonly #workers: WorkerHandle[];
  readonly #loader: Loader;
  readonly #shares = new FairShares();
  readonly #events: WorkerEvents = {
    laneFree: () => this.#wake(),
    started: () => this.onChange?.(),
    died: (worker) => {
      this.#replace(worker);
      this.onChange?.();
    },
  };
  #failedStarts = 0;
  #replaced = 0;
  #closed = false;

  /** Called when a worker takes work from now on, or no longer. */
  onChange: (() => void) | undefined;

  constructor(size: number) {
    this.#loader = new Loader(size);
    this.#loader.start();
    this.#workers = Array.from({ length: size }, (_, i) => new WorkerHandle(i, this.#events));
  }

  get size(): number {
    return this.#workers.length;
  }

  /** How many workers have died and been replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Workers that take work. */
  get ready(): number {
    return this.#workers.filter((worker) => worker.isReady).length;
  }

  /** How many workers there are, take work, have some, and were replaced. */
  stats(): { readonly size: number; readonly ready: number; readonly busy: number; readonly replaced: number } {
    const busy = this.#workers.filter((worker) => worker.isReady && worker.busyLanes > 0).length;
    return { size: this.size, ready: this.ready, busy, replaced: this.replaced };
  }

  /** Resolves once every worker takes work. */
  async whenReady(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ready));
  }

  get #isBroken(): boolean {
    return this.#failedStarts >= MAX_FAILED_STARTS;
  }

  /**
   * How many runs of a share could begin now when each worker may hold `depth` of them; 0 when it is another's turn. Never
   * 0 in a pool whose threads cannot start: what waits is to fail, not to wait for ever.
   */
  freeLanes(depth: number, share: Share): number {
    if (this.#isBroken) return 1;
    return this.#shares.isBehind(share) ? 0 : this.#countFree(depth);
  }

  #countFree(depth: number): number {
    let free = 0;
    for (const worker of this.#workers) if (worker.isReady) free += Math.max(0, depth - worker.busyLanes);
    return free;
  }

  /** A free lane of the least busy worker; undefined when there is none. */
  freeLane(depth: number): FreeLane | undefined {
    let best: WorkerHandle | undefined;
    for (const worker of this.#workers) {
      if (worker.isReady && worker.busyLanes < Math.min(depth, best?.busyLanes ?? depth)) best = worker;
    }
    const lane = best?.lanes.find((candidate) => !candidate.busy);
    return best && lane && { lane, worker: best };
  }

  /** Calls back once when a lane may be free for the share. */
  whenFree(share: Share, callback: () => void): void {
    this.#shares.wait(share, callback);
  }

  /** Counts the time of cores that a share has had. */
  charge(share: Share, coreMs: number): void {
    this.#shares.charge(share, coreMs);
  }

  #wake(): void {
    this.#shares.serve(() => this.#isBroken || this.#countFree(LANES_PER_WORKER) > 0);
  }

  #replace(dead: WorkerHandle): void {
    if (this.#closed) return;
    this.#failedStarts = dead.isReady ? 0 : this.#failedStarts + 1;
    if (this.#isBroken) {
      this.#wake();
      return;
    }
    this.#replaced++;
    this.#workers[dead.number] = new WorkerHandle(dead.number, this.#events);
  }

  /** Reads a model in a thread of its own. */
  load(source: ModelSource, options: LoadSettings): Promise<LoadedModel> {
    return this.#loader.load(source, options);
  }

  /** Tells the workers that a session is going away; none of its runs may be in flight. */
  forget(session: SessionRef): void {
    for (const worker of this.#workers) worker.forget(session);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#loader.close(), ...this.#workers.map((worker) => worker.close())]);
  }
}

/** For requests that find no worker left. */
export function noWorkers(): RelayError {
  return new RelayError("RUNTIME_UNAVAILABLE", {
    reason: `worker threads died ${MAX_FAILED_STARTS} times before they took work`,
    hint: "run `torchrelay doctor`",
  });
}
