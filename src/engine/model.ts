import { EventEmitter } from "node:events";
import type { Signature, Tensor, TensorSpec } from "../core/index.ts";
import type { BatchEvent, Batcher, SchedulerStats, Submission, SubmitOptions } from "../scheduler/index.ts";
import type { WorkerPool } from "../workers/index.ts";
import type { Outputs } from "./collate.ts";
import { type InferAllOptions, inferAll } from "./infer-all.ts";
import type { CheckedInputs, Inputs, InputValidator } from "./input-validator.ts";
import { checkRequestOptions } from "./options.ts";
import { startInPieces } from "./pieces.ts";

/** Options of one request. */
export type InferOptions = SubmitOptions;

/** Worker threads of the model's engine. */
export interface WorkerStats {
  readonly size: number;
  /** Those that take work. */
  readonly ready: number;
  /** Those that have some. */
  readonly busy: number;
  /** How many died and were replaced. */
  readonly replaced: number;
}

export interface ModelStats extends SchedulerStats {
  readonly workers: WorkerStats;
}

export interface ModelEvents {
  /** A batch has run. */
  batch: [event: BatchEvent];
}

/** How requests of a model are put together. */
export interface Batching {
  /** Rows of a batch at most; 1 where rows may not share. */
  readonly maxRows: number;
  readonly queueDelayMs: number;
  /** Batches that run at a time. */
  readonly runsAtOnce: number;
}

/** The parts an engine makes a {@link Model} of. */
export interface ModelParts {
  readonly signature: Signature;
  readonly batching: Batching;
  readonly sampleInputs?: readonly Tensor[] | undefined;
  readonly validator: InputValidator;
  readonly batcher: Batcher<CheckedInputs, Outputs>;
  /** How many rows of a request run together. */
  readonly pieceRows: (request: CheckedInputs) => number;
  readonly pool: Pick<WorkerPool, "ready" | "stats">;
  /** Releases what the model holds; called once, after it has drained. */
  readonly release: () => Promise<void>;
}

const NO_OPTIONS: InferOptions = {};

/** A loaded model. Close it when done: `await model.close()`, or `await using`. */
export class Model implements AsyncDisposable {
  readonly #parts: ModelParts;
  readonly #events = new EventEmitter<ModelEvents>();
  #closed: Promise<void> | undefined;

  constructor(parts: ModelParts) {
    this.#parts = parts;
  }

  /** Names, dtypes and shapes of what `infer` takes. */
  get inputs(): readonly TensorSpec[] {
    return this.#parts.signature.inputs;
  }

  /** Names, dtypes and shapes of what `infer` gives. */
  get outputs(): readonly TensorSpec[] {
    return this.#parts.signature.outputs;
  }

  /** Inputs that the file carries, in the order of {@link inputs}; undefined when it carries none. */
  get sampleInputs(): readonly Tensor[] | undefined {
    return this.#parts.sampleInputs;
  }

  /** All of the above, with the legal ranges of symbolic dimensions. */
  get signature(): Signature {
    return this.#parts.signature;
  }

  /** Whether a worker is there to run it. Not for the moment that a new one takes to start when all have died. */
  get isAlive(): boolean {
    return this.#parts.pool.ready > 0;
  }

  get batching(): Batching {
    return this.#parts.batching;
  }

  /**
   * Runs the model on one request. Requests made together share batches, and one of many rows is spread over the
   * workers, where the model allows it; the result does not depend on that beyond float rounding.
   * @param inputs by name, or in the order of {@link inputs}; not to be changed until the promise settles
   * @returns tensors by name, in the order of {@link outputs}
   * @throws RelayError INPUT_NAME, INPUT_DTYPE, INPUT_SHAPE, TENSOR_INVALID before anything is queued; QUEUE_FULL,
   * MODEL_CLOSED, DEADLINE_EXCEEDED, CANCELLED, WORKER_DIED, RUN_FAILED, INPUT_VALUE
   */
  infer(inputs: Inputs, options: InferOptions = NO_OPTIONS): Promise<Outputs> {
    try {
      if (options !== NO_OPTIONS) checkRequestOptions(options);
      const request = this.#parts.validator.check(inputs);
      const pieceRows = this.#pieceRows(request);
      if (pieceRows < request.rows) return this.#startInPieces(request, pieceRows, options).result;
      return this.#parts.batcher.submit(request, request.rows, request.key, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #pieceRows(request: CheckedInputs): number {
    return request.rows > 1 ? this.#parts.pieceRows(request) : 1;
  }

  #startInPieces(request: CheckedInputs, pieceRows: number, options: InferOptions): Submission<Outputs> {
    const { batcher } = this.#parts;
    return startInPieces(request, pieceRows, (piece) => batcher.start(piece, piece.rows, piece.key, options));
  }

  #start(inputs: Inputs, options: InferOptions): Submission<Outputs> {
    const request = this.#parts.validator.check(inputs);
    return this.#startInPieces(request, Math.max(1, this.#pieceRows(request)), options);
  }

  /** Runs the model on many inputs, several at a time, and yields the results in order. Reads ahead no further than `concurrency`. */
  inferAll(
    inputs: Iterable<Inputs> | AsyncIterable<Inputs>,
    options: InferAllOptions = {},
  ): AsyncGenerator<Outputs, void, undefined> {
    checkRequestOptions(options);
    return inferAll((item, given) => this.#start(item, given), inputs, options);
  }

  /** Counts since loading. A request that was spread over the workers counts once for each piece. */
  stats(): ModelStats {
    return { ...this.#parts.batcher.stats(), workers: this.#parts.pool.stats() };
  }

  on<E extends keyof ModelEvents>(event: E, listener: (...args: ModelEvents[E]) => void): this {
    this.#events.on<keyof ModelEvents>(event, listener);
    this.#parts.batcher.onBatch = (batch) => this.#events.emit("batch", batch);
    return this;
  }

  off<E extends keyof ModelEvents>(event: E, listener: (...args: ModelEvents[E]) => void): this {
    this.#events.off<keyof ModelEvents>(event, listener);
    if (this.#events.listenerCount("batch") === 0) this.#parts.batcher.onBatch = undefined;
    return this;
  }

  /** Takes no more requests, finishes those accepted (with `force`: cancels them) and frees the model's memory. */
  close(options: { readonly force?: boolean } = {}): Promise<void> {
    const drained = this.#parts.batcher.close(options);
    this.#closed ??= drained.then(() => this.#parts.release());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
