import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import { parseTensorSpec, RelayError } from "../core/index.ts";
import { NullBackend, OrtBackend, type SessionHandle, type SessionRef } from "../runtime/index.ts";
import { Batcher, TurnBudget } from "../scheduler/index.ts";
import { cpuBudget, systemClock } from "../util/index.ts";
import { type LoadedModel, type ModelSource, Share, WorkerPool } from "../workers/index.ts";
import { batchingPolicy } from "./batching-policy.ts";
import type { Outputs } from "./collate.ts";
import { InlineLane } from "./inline-lane.ts";
import { type CheckedInputs, InputValidator } from "./input-validator.ts";
import { Model } from "./model.ts";
import { ModelExecutor } from "./model-executor.ts";
import { type EngineOptions, type ModelOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { RunPlans } from "./run-plans.ts";
import { type Cores, runsAtOnce, runThreads } from "./run-threads.ts";
import { sampleTensors, warmUp } from "./warm-up.ts";

/** A path, a file URL, or the bytes of a file. */
export type ModelFile = string | URL | Uint8Array;

/** Largest batch that warm-up tries; traffic may go beyond. */
const MAX_WARM_UP_ROWS = 64;

/** Bytes that every thread can see; copied unless they already are such. */
function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}

function sourceOf(file: ModelFile, { inputs, arguments: plain, method }: ModelOptions): ModelSource {
  const script = {
    ...(inputs && { inputs: inputs.map(parseTensorSpec) }),
    ...(plain && { arguments: plain }),
    ...(method !== undefined && { method }),
  };
  if (typeof file === "string") return { kind: "path", path: file, script };
  if (file instanceof URL) return { kind: "path", path: fileURLToPath(file), script };
  if (file instanceof Uint8Array) return { kind: "bytes", bytes: shared(file), name: "model", script };
  throw new RelayError("OPTION_INVALID", {
    option: "model",
    given: typeof file,
    legal: "a path, a file URL or a Uint8Array",
  });
}

export interface EngineEvents {
  /** A worker takes work from now on, or no longer. */
  workers: [];
}

/** Worker threads and a runtime, shared by the models it loads. Close it when done. */
export class Engine implements AsyncDisposable {
  readonly #options: EngineOptions;
  readonly #defaults: ResolvedOptions;
  readonly #cores: number = cpuBudget().cores;
  readonly #backend: OrtBackend;
  readonly #pool: WorkerPool;
  readonly #turn: TurnBudget;
  readonly #models = new Set<Model>();
  readonly #events = new EventEmitter<EngineEvents>();
  #nextPlan = 0;

  /** @throws RelayError OPTION_INVALID, RUNTIME_UNAVAILABLE */
  constructor(options: EngineOptions = {}) {
    this.#options = options;
    this.#defaults = resolveOptions(options);
    // Threads start while this one loads the runtime, which takes as long.
    this.#pool = new WorkerPool(this.#defaults.workers ?? this.#cores);
    this.#backend = this.#openBackend();
    this.#pool.onChange = () => this.#events.emit("workers");
    this.#turn = new TurnBudget(this.#defaults.inlineBudgetMs, setImmediate);
  }

  get #machine(): Cores {
    return { cores: this.#cores, workers: this.#pool.size };
  }

  #openBackend(): OrtBackend {
    try {
      return new OrtBackend();
    } catch (error) {
      void this.#pool.close();
      throw error;
    }
  }

  /**
   * Loads the file PyTorch wrote.
   * @throws RelayError FILE_UNREADABLE, FORMAT_UNKNOWN, FILE_CORRUPT, LIMIT_EXCEEDED, PICKLE_REFUSED,
   * MODEL_UNSUPPORTED, OPERATORS_UNSUPPORTED, OPTION_INVALID
   */
  async load(file: ModelFile, options: ModelOptions = {}): Promise<Model> {
    resolveOptions(options);
    return this.open(sourceOf(file, options), options);
  }

  /** Opens a model from any source. */
  async open(source: ModelSource, options: ModelOptions = {}): Promise<Model> {
    const resolved = resolveOptions({ ...this.#options, ...options });
    const { allowNondeterministic } = resolved;
    const threads = runThreads(this.#machine, resolved.intraOpThreads);
    const [loaded] = await Promise.all([
      this.#pool.load(source, { threads, allowNondeterministic }),
      this.#pool.whenReady(),
    ]);
    try {
      return await this.#makeModel(loaded, resolved);
    } catch (error) {
      await this.#releaseSession(loaded);
      throw error;
    }
  }

  async #makeModel(loaded: LoadedModel, options: ResolvedOptions): Promise<Model> {
    const { signature, session } = loaded;
    const validator = new InputValidator(signature);
    const inline = new InlineLane(this.#attach(session));
    const atOnce = runsAtOnce(this.#machine, loaded.intraOpThreads);
    const plans = new RunPlans(loaded, () => this.#nextPlan++);
    const executor = new ModelExecutor({
      model: loaded,
      plans,
      pool: this.#pool,
      backend: this.#backend,
      inline,
      share: new Share(options.weight),
      runsAtOnce: atOnce,
    });
    const policy = batchingPolicy(options, signature, atOnce);
    const batcher = new Batcher<CheckedInputs, Outputs>(executor, policy, systemClock, this.#turn);
    await warmUp({
      model: loaded,
      executor,
      validator,
      costOf: (key) => batcher.costOf(key),
      budgetMs: options.warmupMs,
      maxRows: Math.min(policy.maxBatchRows, MAX_WARM_UP_ROWS),
    });
    const model: Model = new Model({
      signature,
      batching: { maxRows: policy.maxBatchRows, queueDelayMs: options.queueDelayMs, runsAtOnce: atOnce },
      sampleInputs: sampleTensors(loaded),
      validator,
      batcher,
      pieceRows: (request) => policy.pieceRows(request, batcher.costOf(request.key).ceiling()),
      pool: this.#pool,
      release: async () => {
        inline.close();
        await this.#releaseSession(loaded);
        this.#models.delete(model);
      },
    });
    this.#models.add(model);
    return model;
  }

  #attach(session: SessionRef): SessionHandle {
    return session.backend === "ort" ? this.#backend.attach(session) : new NullBackend().attach(session);
  }

  async #releaseSession({ session }: LoadedModel): Promise<void> {
    this.#pool.forget(session);
    if (session.backend === "ort") await this.#backend.release(session);
  }

  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): this {
    this.#events.on<keyof EngineEvents>(event, listener);
    return this;
  }

  off<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): this {
    this.#events.off<keyof EngineEvents>(event, listener);
    return this;
  }

  /** Closes all models, then the threads. */
  async close(options: { readonly force?: boolean } = {}): Promise<void> {
    await Promise.all([...this.#models].map((model) => model.close(options)));
    await this.#pool.close();
    this.#backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
