import { setTimeout as sleep } from "node:timers/promises";
import { deferred } from "#dist/util/index.js";
import type { Connection } from "./connection.ts";
import type { LoopTask } from "./loop-task.ts";

const WARM_UP_SECONDS = 0.3;
const MAX_WARM_UP_SECONDS = 60;
const MAX_SECONDS = 60;
/** The slowest hundredth of fewer is what happened once. */
const MIN_ANSWERS = 200;
const MAX_DRAIN_MS = 30_000;
const RECONNECT_MS = 20;

export interface ClosedLoopTask extends LoopTask {
  readonly clients: number;
  readonly drains: boolean;
}

/**
 * Measures from when every client has had an answer, so that the first burst does not count, until the time is over and
 * there were enough answers.
 */
export class ClosedLoop {
  readonly #task: ClosedLoopTask;
  readonly #connections = new Set<Connection>();
  #phase: "warming" | "measuring" | "measured" = "warming";
  #phaseStartMs = performance.now();
  /** Clients that have had no answer. */
  #fresh: number;
  #underWay = 0;
  #seconds = 0;
  readonly #finished = deferred<void>();
  readonly #drained = deferred<void>();

  constructor(task: ClosedLoopTask) {
    this.#task = task;
    this.#fresh = task.clients;
  }

  /** @returns for how many seconds it measured */
  async run(): Promise<number> {
    const tick = setInterval(() => this.#advance(), 10);
    for (let i = 0; i < this.#task.clients; i++) this.#startClient();
    await this.#finished.promise;
    clearInterval(tick);
    if (this.#task.drains && this.#underWay > 0) {
      await Promise.race([this.#drained.promise, sleep(MAX_DRAIN_MS, undefined, { ref: false })]);
    }
    for (const connection of this.#connections) connection.close();
    return this.#seconds;
  }

  #startClient(isFresh = true): void {
    const connection = this.#task.connect();
    this.#connections.add(connection);
    this.#ask(connection, isFresh);
  }

  #ask(connection: Connection, isFresh: boolean): void {
    const { requests, random, recorder } = this.#task;
    const request = Math.floor(random() * requests.length);
    const startMs = performance.now();
    this.#underWay++;
    connection.send(
      requests[request] as Uint8Array,
      (status, body) => {
        recorder.record(request, performance.now() - startMs, status, body);
        if (isFresh) this.#fresh--;
        if (this.#endsAfterAnswer()) return;
        this.#ask(connection, false);
      },
      (reason) => this.#replace(connection, isFresh, reason),
    );
  }

  /** Whether this client has nothing more to do. */
  #endsAfterAnswer(): boolean {
    this.#underWay--;
    if (this.#phase !== "measured") return false;
    if (this.#underWay === 0) this.#drained.resolve();
    return true;
  }

  #replace(connection: Connection, isFresh: boolean, reason: string): void {
    this.#task.recorder.failed(reason);
    this.#connections.delete(connection);
    connection.close();
    if (this.#endsAfterAnswer()) return;
    setTimeout(() => {
      if (this.#phase !== "measured") this.#startClient(isFresh);
    }, RECONNECT_MS);
  }

  #advance(): void {
    const seconds = (performance.now() - this.#phaseStartMs) / 1000;
    if (this.#phase === "warming" && this.#isWarm(seconds)) this.#measure();
    else if (this.#phase === "measuring" && this.#isEnough(seconds)) this.#finish(seconds);
  }

  #isWarm(seconds: number): boolean {
    return seconds > MAX_WARM_UP_SECONDS || (this.#fresh === 0 && seconds >= WARM_UP_SECONDS);
  }

  #isEnough(seconds: number): boolean {
    const { recorder, clients } = this.#task;
    return (
      seconds > MAX_SECONDS || (seconds >= this.#task.seconds && recorder.answered >= Math.max(clients, MIN_ANSWERS))
    );
  }

  #measure(): void {
    this.#phase = "measuring";
    this.#task.measuring();
    this.#task.recorder.isMeasuring = true;
    this.#phaseStartMs = performance.now();
  }

  #finish(seconds: number): void {
    this.#phase = "measured";
    this.#seconds = seconds;
    this.#task.recorder.isMeasuring = false;
    this.#task.measured();
    this.#finished.resolve();
  }
}
