import { EventEmitter } from "node:events";
import type { Signature, TensorSpec } from "../core/index.ts";
import type { BatchEvent, Batcher, SchedulerStats, SubmitOptions } from "../scheduler/index.ts";
import type { Outputs } from "./collate.ts";
import { type InferAllOptions, inferAll } from "./infer-all.ts";
import type { CheckedInputs, Inputs, InputValidator } from "./input-validator.ts";
import { inferInPieces } from "./pieces.ts";

/** Options of one request. */
export type InferOptions = SubmitOptions;

export interface ModelStats extends SchedulerStats {
  /** Worker threads of the model's engine, and how many of them died and were replaced. */
  readonly workers: { readonly size: number; readonly replaced: number };
}

export interface ModelEvents {
  /** A batch has run. */
  batch: [event: BatchEvent];
}

/** The parts an engine makes a {@link Model} of. */
export interface ModelParts {
  readonly signature: Signature;
  readonly validator: InputValidator;
  readonly batcher: Batcher<CheckedInputs, Outputs>;
  /** How many rows of a request run together. */
  readonly pieceRows: (request: CheckedInputs) => number;
  readonly poolStats: () => ModelStats["workers"];
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

  /** All of the above, with the legal ranges of symbolic dimensions. */
  get signature(): Signature {
    return this.#parts.signature;
  }

  /**
   * Runs the model on one request. Requests made together share batches, and one of many rows is spread over the
   * workers, where the model allows it; the result does not depend on that beyond float rounding.
   * @param inputs by name, or in the order of {@link inputs}; not to be changed until the promise settles
   * @returns tensors by name, in the order of {@link outputs}
   * @throws RelayError INPUT_NAME, INPUT_DTYPE, INPUT_SHAPE, TENSOR_INVALID before anything is queued; QUEUE_FULL,
   * MODEL_CLOSED, DEADLINE_EXCEEDED, CANCELLED, WORKER_DIED, RUN_FAILED
   */
  infer(inputs: Inputs, options: InferOptions = NO_OPTIONS): Promise<Outputs> {
    try {
      const { validator, pieceRows } = this.#parts;
      const checked = validator.check(inputs);
      const rows = checked.rows > 1 ? pieceRows(checked) : 1;
      if (rows >= checked.rows) return this.#submit(checked, options);
      return inferInPieces(checked, rows, options, (piece, given) => this.#submit(piece, given));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #submit(request: CheckedInputs, options: InferOptions): Promise<Outputs> {
    return this.#parts.batcher.submit(request, request.rows, request.key, options);
  }

  /** Runs the model on many inputs, several at a time, and yields the results in order. Reads ahead no further than `concurrency`. */
  inferAll(
    inputs: Iterable<Inputs> | AsyncIterable<Inputs>,
    options: InferAllOptions = {},
  ): AsyncGenerator<Outputs, void, undefined> {
    return inferAll((item, itemOptions) => this.infer(item, itemOptions), inputs, options);
  }

  /** Counts since loading. A request that was spread over the workers counts once for each piece. */
  stats(): ModelStats {
    return { ...this.#parts.batcher.stats(), workers: this.#parts.poolStats() };
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
