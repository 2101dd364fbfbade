import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./connection.ts";
import type { LoopTask } from "./loop-task.ts";

const WARM_UP_SECONDS = 0.5;
/** How long after the last arrival answers may come. */
const PATIENCE_MS = 5000;
/** Connections at once; of more requests, the latest wait for a connection, and that time counts. */
const MAX_CONNECTIONS = 512;

export interface OpenLoopTask extends LoopTask {
  readonly requestsPerSecond: number;
}

/** A request that is due, and whether it counts. */
interface Arrival {
  readonly dueMs: number;
  readonly counts: boolean;
}

/** Sends requests when they are due, and times answers from then on, however late the request could be sent. */
export class OpenLoop {
  readonly #task: OpenLoopTask;
  readonly #free: Connection[] = [];
  readonly #connections = new Set<Connection>();
  readonly #waiting: Arrival[] = [];
  readonly #underWay = new Set<Arrival>();
  #nextMs = performance.now();
  readonly #startMs = this.#nextMs + 1000 * WARM_UP_SECONDS;
  readonly #endMs: number;

  constructor(task: OpenLoopTask) {
    this.#task = task;
    this.#endMs = this.#startMs + 1000 * task.seconds;
  }

  /** @returns for how many seconds it measured */
  async run(): Promise<number> {
    const { measuring, measured, recorder } = this.#task;
    recorder.isMeasuring = true;
    await this.#arrive(this.#startMs);
    measuring();
    await this.#arrive(this.#endMs);
    const patienceEndMs = performance.now() + PATIENCE_MS;
    while (this.#isOwing && performance.now() < patienceEndMs) await sleep(5);
    measured();
    const now = performance.now();
    for (const { counts, dueMs } of [...this.#waiting, ...this.#underWay]) {
      if (counts) recorder.unanswered(now - dueMs);
    }
    for (const connection of this.#connections) connection.close();
    return (now - this.#startMs) / 1000;
  }

  get #isOwing(): boolean {
    return this.#waiting.length + this.#underWay.size > 0;
  }

  /** Timers have a resolution of a millisecond, so at high rates several requests are sent together. */
  async #arrive(untilMs: number): Promise<void> {
    while (this.#nextMs < untilMs) {
      await sleep(Math.max(0, Math.ceil(this.#nextMs - performance.now())));
      for (const now = performance.now(); this.#nextMs <= Math.min(now, untilMs); this.#schedule()) {
        this.#waiting.push({ dueMs: this.#nextMs, counts: this.#nextMs >= this.#startMs });
      }
      this.#dispatch();
    }
  }

  #schedule(): void {
    this.#nextMs += (-Math.log(1 - this.#task.random()) * 1000) / this.#task.requestsPerSecond;
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#free.pop() ?? this.#open();
      if (!connection) return;
      this.#ask(connection, this.#waiting.shift() as Arrival);
    }
  }

  #open(): Connection | undefined {
    if (this.#connections.size >= MAX_CONNECTIONS) return undefined;
    const connection = this.#task.connect();
    this.#connections.add(connection);
    return connection;
  }

  #ask(connection: Connection, arrival: Arrival): void {
    const { requests, random, recorder } = this.#task;
    const request = Math.floor(random() * requests.length);
    this.#underWay.add(arrival);
    connection.send(
      requests[request] as Uint8Array,
      (status, body) => {
        this.#underWay.delete(arrival);
        if (arrival.counts) recorder.record(request, performance.now() - arrival.dueMs, status, body);
        this.#free.push(connection);
        this.#dispatch();
      },
      (reason) => {
        this.#underWay.delete(arrival);
        recorder.failed(reason);
        this.#connections.delete(connection);
        connection.close();
      },
    );
  }
}
