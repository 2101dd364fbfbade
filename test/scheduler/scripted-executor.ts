import { RelayError } from "../../src/core/index.ts";
import type { BatchOutcome, BatchTiming, Executor, Work } from "../../src/scheduler/index.ts";
import type { Clock } from "../../src/util/index.ts";

interface Flight {
  readonly batch: readonly Work<string>[];
  readonly done: (outcome: BatchOutcome<string>) => void;
  readonly startedMs: number;
  stopped: boolean;
}

/** Runs nothing: a test decides when and how each batch ends. The result of a payload is the payload with "!" behind. */
export class ScriptedExecutor implements Executor<string, string> {
  readonly batches: (readonly Work<string>[])[] = [];
  readonly #size: number;
  readonly #clock: Clock;
  readonly #computeMs: number;
  readonly #flights: Flight[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(size: number, clock: Clock, computeMs: number) {
    this.#size = size;
    this.#clock = clock;
    this.#computeMs = computeMs;
  }

  get busy(): number {
    return this.#flights.length;
  }

  freeWorkers(): number {
    return this.#size - this.#flights.length;
  }

  whenWorkerFree(callback: () => void): void {
    this.#waiting.push(callback);
  }

  #timing(startedMs: number): BatchTiming {
    return { startedMs, computeMs: this.#computeMs, inputMs: 0, outputMs: 0 };
  }

  runInline(batch: readonly Work<string>[]): { results: string[]; timing: BatchTiming } {
    this.batches.push(batch);
    return { results: batch.map(({ payload }) => `${payload}!`), timing: this.#timing(this.#clock.now()) };
  }

  runOnWorker(batch: readonly Work<string>[], done: (outcome: BatchOutcome<string>) => void): () => void {
    this.batches.push(batch);
    const flight = { batch, done, startedMs: this.#clock.now(), stopped: false };
    this.#flights.push(flight);
    return () => {
      flight.stopped = true;
    };
  }

  /** Ends the oldest batch. A stopped one fails as stopped. */
  finish(how: "ok" | "fail" | "lose"): void {
    const flight = this.#flights.shift();
    if (!flight) return;
    const timing = this.#timing(flight.startedMs);
    if (flight.stopped)
      flight.done({ kind: "failed", error: new RelayError("CANCELLED", { reason: "stopped" }), timing });
    else if (how === "lose") flight.done({ kind: "unstarted" });
    else if (how === "fail")
      flight.done({ kind: "failed", error: new RelayError("RUN_FAILED", { reason: "asked to" }), timing });
    else flight.done({ kind: "done", results: flight.batch.map(({ payload }) => `${payload}!`), timing });
    for (const callback of this.#waiting.splice(0)) callback();
  }
}
