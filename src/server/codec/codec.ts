import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { type ErrorData, RelayError, reviveError } from "../../core/index.ts";
import { type Deferred, deferred } from "../../util/index.ts";
import { threadFile } from "../../workers/index.ts";
import type { JobArgs, JobKind, JobResult } from "./jobs.ts";
import { type FromCodec, transferable } from "./thread-protocol.ts";

interface Pending {
  readonly done: Deferred<unknown>;
  readonly bytes: number;
}

/** Bytes that may wait to be decoded and encoded; beyond, clients are told to come back. */
const MAX_PENDING_BYTES = 512 * 2 ** 20;

/** What a thread is taken to manage in a millisecond before it has been measured. */
const BYTES_PER_MS = 50_000;

/** A thread that decodes and encodes, started when it is first needed. It does not keep the process alive. */
class CodecThread {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 0;
  pendingBytes = 0;

  run<K extends JobKind>(kind: K, args: JobArgs<K>, bytes: number): Promise<JobResult<K>> {
    const id = this.#nextId++;
    const done = deferred<unknown>();
    this.#pending.set(id, { done, bytes });
    this.pendingBytes += bytes;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage({ id, kind, args }, transferable(args));
    return done.promise as Promise<JobResult<K>>;
  }

  #start(): Worker {
    const worker = new Worker(threadFile("./codec-thread.js", import.meta.url), {
      name: "torchrelay-codec",
      execArgv: [],
    });
    worker.on("message", (message: FromCodec) => this.#receive(message));
    worker.on("error", (error) => this.#lose(worker, error));
    worker.on("exit", () => this.#lose(worker, new Error("the thread ended")));
    return worker;
  }

  #receive(message: FromCodec): void {
    const job = this.#take(message.id);
    if ("error" in message) job?.done.reject(failure(message.error));
    else job?.done.resolve(message.result);
  }

  #take(id: number): Pending | undefined {
    const job = this.#pending.get(id);
    this.#pending.delete(id);
    this.pendingBytes -= job?.bytes ?? 0;
    if (this.#pending.size === 0) this.#worker?.unref();
    return job;
  }

  /** What it had to do fails; the next job starts another thread. */
  #lose(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new RelayError("INTERNAL", { reason: `decoding failed: ${cause.message}` }, { cause });
    for (const id of [...this.#pending.keys()]) this.#take(id)?.done.reject(error);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}

/** What a thread failed with; what is not one of our errors is a fault of the server. */
function failure(data: ErrorData): RelayError {
  if (data.code !== "RUN_FAILED") return reviveError(data);
  return new RelayError("INTERNAL", { reason: String(data.details["reason"]) });
}

/** Decodes and encodes what is too large for the event loop, on threads of its own. */
export class Codec {
  readonly #threads: readonly CodecThread[];
  readonly #maxPendingBytes: number;
  #bytesPerMs = BYTES_PER_MS;

  constructor(threads: number, maxPendingBytes: number = MAX_PENDING_BYTES) {
    this.#maxPendingBytes = maxPendingBytes;
    this.#threads = Array.from({ length: threads }, () => new CodecThread());
  }

  /** Bytes that wait or are worked on. */
  get pendingBytes(): number {
    return this.#threads.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
  }

  /**
   * Does a job on a thread. The memory of its tensors and bodies is handed over and cannot be used afterwards.
   * @param bytes how large it is @throws RelayError SERVER_BUSY, INTERNAL, and what the job throws
   */
  async run<K extends JobKind>(kind: K, args: JobArgs<K>, bytes: number): Promise<JobResult<K>> {
    const pending = this.pendingBytes;
    if (pending > 0 && pending + bytes > this.#maxPendingBytes) throw this.#busy(pending);
    const [first, ...others] = this.#threads as readonly [CodecThread, ...CodecThread[]];
    const thread = others.reduce((best, other) => (other.pendingBytes < best.pendingBytes ? other : best), first);
    const startedMs = performance.now();
    const result = await thread.run(kind, args, bytes);
    this.#observe((pending + bytes) / (performance.now() - startedMs));
    return result;
  }

  #observe(bytesPerMs: number): void {
    if (Number.isFinite(bytesPerMs)) this.#bytesPerMs += (bytesPerMs - this.#bytesPerMs) / 8;
  }

  #busy(pending: number): RelayError {
    const retryAfterMs = Math.ceil(pending / this.#bytesPerMs);
    return new RelayError("SERVER_BUSY", { pending, limit: this.#maxPendingBytes, retryAfterMs });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
