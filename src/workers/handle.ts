import { Worker } from "node:worker_threads";
import { RelayError, reviveError } from "../core/index.ts";
import type { SessionRef, StopToken } from "../runtime/index.ts";
import { type Deferred, deferred } from "../util/index.ts";
import { Lane } from "./lane.ts";
import {
  type FromWorker,
  LANES_PER_WORKER,
  type LoadedModel,
  type LoadSettings,
  type ModelSource,
  type ToWorker,
} from "./protocol.ts";
import { threadFile } from "./thread-file.ts";

/** What a thread moves lies outside the JavaScript heap; the default of 48 MB would only make its heap grow before it is swept. */
const YOUNG_GENERATION_MB = 2;

export interface WorkerEvents {
  /** A lane's run has ended, in whatever way. */
  laneFree(): void;
  /** The thread takes work. */
  started(): void;
  /** The thread has ended without being asked to. */
  died(worker: WorkerHandle): void;
}

/** The outside of a worker thread. It keeps the process alive only while it has something to do. */
export class WorkerHandle {
  readonly number: number;
  readonly lanes: readonly Lane[];
  readonly #worker: Worker;
  readonly #events: WorkerEvents;
  readonly #ready: Deferred<void> = deferred();
  readonly #exited: Deferred<void> = deferred();
  #load: Deferred<LoadedModel> | undefined;
  #isReady = false;
  #reason = "the thread ended";
  #closing = false;

  constructor(number: number, events: WorkerEvents) {
    this.number = number;
    this.#events = events;
    this.#worker = new Worker(threadFile("./worker.js", import.meta.url), {
      name: `torchrelay-${number}`,
      // Options of the process, such as --input-type or --import, are meant for the user's own code.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.lanes = Array.from({ length: LANES_PER_WORKER }, (_, i) => new Lane(i, (message) => this.post(message)));
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.#reason = error.message;
    });
    this.#worker.on("exit", () => this.#exit());
    this.#ready.promise.catch(() => {});
  }

  /** Resolves once the thread takes work; rejects when it dies before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Why the thread ended. */
  get reason(): string {
    return this.#reason;
  }

  get busyLanes(): number {
    let busy = 0;
    for (const lane of this.lanes) if (lane.busy) busy++;
    return busy;
  }

  post(message: ToWorker): void {
    if (message.kind === "run") this.#worker.ref();
    this.#worker.postMessage(message);
  }

  /** Reads a model and makes its session in the thread. One at a time. */
  async load(source: ModelSource, options: LoadSettings): Promise<LoadedModel> {
    const load = deferred<LoadedModel>();
    this.#load = load;
    this.#worker.ref();
    this.post({ kind: "load", source, options });
    try {
      return await load.promise;
    } finally {
      this.#load = undefined;
      this.#rest();
    }
  }

  /** No more runs of this session will be asked for. */
  forget(session: SessionRef): void {
    for (const lane of this.lanes) lane.forget(session);
    this.post({ kind: "forget", session });
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ran":
      case "failed":
        this.#settleLane(message);
        break;
      case "ready":
        this.#start(message.stopTokens);
        break;
      case "loaded":
        this.#load?.resolve(message.model);
        break;
      case "notLoaded":
        this.#load?.reject(reviveError(message.error));
        break;
    }
  }

  #start(stopTokens: readonly StopToken[]): void {
    for (const [i, lane] of this.lanes.entries()) lane.start(stopTokens[i] ?? 0n);
    this.#isReady = true;
    this.#ready.resolve();
    if (!this.#load) this.#rest();
    this.#events.started();
    this.#events.laneFree();
  }

  #settleLane(message: Extract<FromWorker, { kind: "ran" | "failed" }>): void {
    this.lanes[message.lane]?.settle(message);
    if (this.busyLanes === 0) this.#rest();
    this.#events.laneFree();
  }

  /** No longer keeps the process alive, unless somebody waits for the thread to end. */
  #rest(): void {
    if (!this.#closing) this.#worker.unref();
  }

  #exit(): void {
    const error = new RelayError("WORKER_DIED", { worker: this.number, reason: this.#reason });
    this.#ready.reject(error);
    this.#load?.reject(error);
    if (!this.#closing) this.#events.died(this);
    for (const lane of this.lanes) lane.lose();
    this.#exited.resolve();
  }

  /**
   * Ends the thread once its current native call returns. One that is starting is let start: to end it while it loads
   * native code would end the process.
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.ref();
    await this.#ready.promise.catch(() => {});
    await this.#worker.terminate();
    await this.#exited.promise;
  }
}
