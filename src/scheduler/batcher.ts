import { type ErrorCode, RelayError } from "../core/index.ts";
import { type Clock, type Deferred, deferred } from "../util/index.ts";
import type { CostModel } from "./cost-model.ts";
import { CostTable } from "./cost-table.ts";
import { type BatchingConfig, type Capacity, type Decision, decide } from "./decide.ts";
import type { BatchEvent, BatchOutcome, BatchTiming, Executor } from "./executor.ts";
import { RequestQueue } from "./queue.ts";
import { type RejectReason, type SchedulerStats, Statistics } from "./statistics.ts";
import type { Ticket } from "./ticket.ts";
import type { TurnBudget } from "./turn-budget.ts";
import { type SubmitOptions, watch } from "./watch.ts";

/** Failures of a batch that one of its requests may be at fault for. */
const CAUSED_BY_ONE: readonly ErrorCode[] = ["RUN_FAILED", "INPUT_VALUE"];

export interface BatcherConfig extends BatchingConfig {
  /** Rows that may wait; beyond, callers get QUEUE_FULL. */
  readonly queueCapacityRows: number;
}

/** A request under way. */
export interface Submission<R> {
  readonly result: Promise<R>;
  /** Takes the request back, unless it is settled; `result` then rejects with CANCELLED. */
  cancel(reason: string): void;
}

interface RunningBatch<P, R> {
  readonly tickets: readonly Ticket<P, R>[];
  stop?: () => void;
}

/**
 * Queues requests, forms batches as {@link decide} says and settles their callers. Knows no model: an
 * {@link Executor} runs the batches.
 */
export class Batcher<P, R> {
  readonly #executor: Executor<P, R>;
  readonly #config: BatcherConfig;
  readonly #clock: Clock;
  readonly #turn: TurnBudget;
  readonly #capacity: Capacity;
  readonly #queue = new RequestQueue<P, R>();
  readonly #statistics = new Statistics();
  readonly #costs = new CostTable();
  readonly #running = new Set<RunningBatch<P, R>>();
  readonly #pump = (): void => this.#dispatch();
  #pumpScheduled = false;
  readonly #awaiting = new Set<"turn" | "worker">();
  #cancelTimer: (() => void) | undefined;
  #drained: Deferred<void> | undefined;

  /** Called after every batch. */
  onBatch: ((event: BatchEvent) => void) | undefined;

  constructor(executor: Executor<P, R>, config: BatcherConfig, clock: Clock, turn: TurnBudget) {
    this.#executor = executor;
    this.#config = config;
    this.#clock = clock;
    this.#turn = turn;
    this.#capacity = {
      freeWorkers: (expectedMs) => executor.freeWorkers(expectedMs),
      get inlineLeftMs() {
        return turn.leftMs;
      },
    };
  }

  /** What batches of `key` cost; grows with every run. */
  costOf(key: string): CostModel {
    return this.#costs.of(key);
  }

  stats(): SchedulerStats {
    return this.#statistics.snapshot(this.#queue.tickets, this.#queue.rows);
  }

  /**
   * Queues a request. The promise rejects with QUEUE_FULL, MODEL_CLOSED, DEADLINE_EXCEEDED, CANCELLED, WORKER_DIED,
   * RUN_FAILED or INPUT_VALUE.
   */
  submit(payload: P, rows: number, key: string, options: SubmitOptions): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#enqueue(payload, rows, key, options, resolve, reject);
    });
  }

  /** As {@link submit}, with a handle to take the request back. */
  start(payload: P, rows: number, key: string, options: SubmitOptions): Submission<R> {
    const { promise, resolve, reject } = deferred<R>();
    const ticket = this.#enqueue(payload, rows, key, options, resolve, reject);
    return { result: promise, cancel: (reason) => this.#cancel(ticket, reason) };
  }

  #enqueue(
    payload: P,
    rows: number,
    key: string,
    options: SubmitOptions,
    resolve: (result: R) => void,
    reject: (error: Error) => void,
  ): Ticket<P, R> {
    const submittedMs = this.#clock.now();
    const priority = options.priority ?? 0;
    const ticket: Ticket<P, R> = {
      payload,
      rows,
      key,
      priority,
      submittedMs,
      resolve,
      reject,
      alone: false,
      state: "queued",
      onBatch: options.onBatch,
    };
    if (this.#admit(ticket, options)) this.#schedulePump();
    return ticket;
  }

  #admit(ticket: Ticket<P, R>, options: SubmitOptions): boolean {
    if (this.#drained) {
      ticket.state = "settled";
      ticket.reject(new RelayError("MODEL_CLOSED", {}));
      return false;
    }
    this.#statistics.submitted++;
    if (this.#queue.rows + ticket.rows > this.#config.queueCapacityRows && this.#queue.rows > 0) {
      this.#reject(ticket, "queueFull", this.#queueFull());
      return false;
    }
    this.#queue.push(ticket);
    if (options.signal || options.deadlineMs !== undefined) this.#watch(ticket, options);
    return ticket.state === "queued";
  }

  #queueFull(): RelayError {
    const queued = this.#queue.rows;
    const { compute } = this.#statistics;
    const batches = Math.max(1, this.#statistics.batches.inline + this.#statistics.batches.worker);
    const rowsPerBatch = Math.max(1, this.#statistics.rows / batches);
    const retryAfterMs = Math.max(1, Math.ceil((queued / rowsPerBatch) * compute.summary().meanMs));
    return new RelayError("QUEUE_FULL", { queued, capacity: this.#config.queueCapacityRows, retryAfterMs });
  }

  #watch(ticket: Ticket<P, R>, options: SubmitOptions): void {
    ticket.release = watch(options, this.#clock, {
      abort: (reason) => this.#cancel(ticket, String(reason ?? "aborted"), reason),
      expire: (deadlineMs) => this.#expire(ticket, deadlineMs),
    });
    if (ticket.state === "settled") ticket.release();
  }

  #expire(ticket: Ticket<P, R>, deadlineMs: number): void {
    if (ticket.state !== "queued") return;
    const waitedMs = Math.round(this.#clock.now() - ticket.submittedMs);
    this.#queue.drop(ticket);
    this.#reject(ticket, "deadline", new RelayError("DEADLINE_EXCEEDED", { deadlineMs, waitedMs }));
    this.#settleDrain();
  }

  #cancel(ticket: Ticket<P, R>, reason: string, cause?: unknown): void {
    if (ticket.state === "settled") return;
    if (ticket.state === "queued") this.#queue.drop(ticket);
    else this.#statistics.running--;
    this.#statistics.cancelled++;
    this.#settle(ticket);
    ticket.reject(new RelayError("CANCELLED", { reason }, { cause }));
    this.#stopAbandoned();
    this.#settleDrain();
  }

  /** Stops the batches that nobody waits for any more. */
  #stopAbandoned(): void {
    for (const batch of this.#running) {
      if (batch.tickets.every((ticket) => ticket.state === "settled")) batch.stop?.();
    }
  }

  #reject(ticket: Ticket<P, R>, reason: RejectReason, error: RelayError): void {
    this.#statistics.rejected[reason]++;
    this.#settle(ticket);
    ticket.reject(error);
  }

  #settle(ticket: Ticket<P, R>): void {
    ticket.state = "settled";
    ticket.release?.();
  }

  /** Decides once per turn of microtasks, so that requests made together can share a batch. */
  #schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(this.#pump);
  }

  #dispatch(): void {
    this.#pumpScheduled = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    let decision = this.#decide();
    while (decision.kind === "run") {
      if (decision.where === "inline") this.#runInline(decision.maxRows);
      else this.#runOnWorker(decision.maxRows);
      decision = this.#decide();
    }
    if (decision.kind === "wait") this.#await(decision);
    this.#statistics.checkConservation(this.#queue.tickets);
    this.#settleDrain();
  }

  #decide(): Decision {
    const head = this.#queue.head();
    if (!head) return { kind: "idle" };
    return decide(head, this.#capacity, this.costOf(head.key), this.#config, this.#clock.now());
  }

  #await(decision: Extract<Decision, { kind: "wait" }>): void {
    if (decision.until === "time") {
      this.#cancelTimer = this.#clock.after(decision.timeMs - this.#clock.now(), this.#pump);
    } else if (decision.until === "turn") {
      this.#awaitOnce("turn", (callback) => this.#turn.nextTurn(callback));
    } else {
      this.#awaitOnce("worker", (callback) => this.#executor.whenWorkerFree(callback));
    }
  }

  #awaitOnce(what: "turn" | "worker", subscribe: (callback: () => void) => void): void {
    if (this.#awaiting.has(what)) return;
    this.#awaiting.add(what);
    subscribe(() => {
      this.#awaiting.delete(what);
      this.#dispatch();
    });
  }

  #start(maxRows: number): RunningBatch<P, R> {
    const tickets = this.#queue.take(maxRows);
    for (const ticket of tickets) ticket.state = "running";
    this.#statistics.running += tickets.length;
    const batch = { tickets };
    this.#running.add(batch);
    return batch;
  }

  #runInline(maxRows: number): void {
    const batch = this.#start(maxRows);
    const before = this.#clock.now();
    this.#finish(batch, "inline", this.#inlineOutcome(batch));
    this.#turn.spend(this.#clock.now() - before);
  }

  #inlineOutcome(batch: RunningBatch<P, R>): BatchOutcome<R> {
    try {
      return { kind: "done", ...this.#executor.runInline(batch.tickets) };
    } catch (error) {
      return { kind: "failed", error: error as Error };
    }
  }

  #runOnWorker(maxRows: number): void {
    const batch = this.#start(maxRows);
    batch.stop = this.#executor.runOnWorker(batch.tickets, (outcome) => {
      this.#finish(batch, "worker", outcome);
      this.#schedulePump();
    });
  }

  #finish(batch: RunningBatch<P, R>, where: "inline" | "worker", outcome: BatchOutcome<R>): void {
    this.#running.delete(batch);
    if (outcome.kind !== "unstarted" && outcome.timing)
      this.#record(batch.tickets, where, outcome.timing, outcome.kind === "done");
    if (outcome.kind === "done") this.#complete(batch.tickets, outcome.results, outcome.timing);
    else this.#retryOrFail(batch.tickets, outcome);
  }

  #complete(tickets: readonly Ticket<P, R>[], results: readonly R[], timing: BatchTiming): void {
    const now = this.#clock.now();
    const { latency, queueDelay } = this.#statistics;
    tickets.forEach((ticket, i) => {
      if (ticket.state === "settled") return;
      this.#statistics.running--;
      this.#statistics.completed++;
      latency.record(now - ticket.submittedMs);
      queueDelay.record(Math.max(0, timing.startedMs - ticket.submittedMs));
      this.#settle(ticket);
      ticket.resolve(results[i] as R);
    });
  }

  /** A batch that never began goes back; one that failed together is tried again one by one, so that nobody pays for a neighbour. */
  #retryOrFail(tickets: readonly Ticket<P, R>[], outcome: Exclude<BatchOutcome<R>, { kind: "done" }>): void {
    const open = tickets.filter((ticket) => ticket.state !== "settled");
    this.#statistics.running -= open.length;
    if (outcome.kind === "unstarted" || this.#wasShared(tickets, outcome.error)) {
      for (const ticket of open) ticket.alone ||= outcome.kind === "failed";
      this.#putBack(open);
      return;
    }
    this.#statistics.failed += open.length;
    for (const ticket of open) {
      this.#settle(ticket);
      ticket.reject(outcome.error);
    }
  }

  #wasShared(tickets: readonly Ticket<P, R>[], error: Error): boolean {
    return tickets.length > 1 && error instanceof RelayError && CAUSED_BY_ONE.includes(error.code);
  }

  #putBack(tickets: readonly Ticket<P, R>[]): void {
    for (const ticket of tickets) ticket.state = "queued";
    this.#queue.putBack(tickets);
  }

  #record(tickets: readonly Ticket<P, R>[], where: "inline" | "worker", timing: BatchTiming, ok: boolean): void {
    let rows = 0;
    for (const ticket of tickets) rows += ticket.rows;
    const [first] = tickets;
    this.#statistics.batch(where, rows, ok ? tickets.length : 0, timing);
    if (ok && first) {
      this.#statistics.rows += rows;
      this.costOf(first.key).observe(Math.max(1, rows), timing.computeMs);
    }
    if (this.onBatch || tickets.some(({ onBatch }) => onBatch)) this.#tell(tickets, rows, timing, ok);
  }

  #tell(tickets: readonly Ticket<P, R>[], rows: number, timing: BatchTiming, ok: boolean): void {
    const queuedMs = Math.max(0, timing.startedMs - (tickets[0]?.submittedMs ?? timing.startedMs));
    const event: BatchEvent = { ...timing, rows, requests: tickets.length, queuedMs, ok };
    this.onBatch?.(event);
    for (const { onBatch } of tickets) onBatch?.(event);
  }

  /** Takes no more requests and resolves once those accepted are settled; `force` cancels them. */
  close(options: { readonly force?: boolean } = {}): Promise<void> {
    this.#drained ??= deferred();
    if (options.force) this.#cancelAll();
    this.#settleDrain();
    return this.#drained.promise;
  }

  #cancelAll(): void {
    for (const ticket of [...this.#queue]) this.#cancel(ticket, "the model was closed");
    for (const batch of this.#running) {
      for (const ticket of batch.tickets) this.#cancel(ticket, "the model was closed");
    }
  }

  #settleDrain(): void {
    if (this.#drained && this.#queue.tickets === 0 && this.#running.size === 0) this.#drained.resolve();
  }
}
