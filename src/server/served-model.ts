import { performance } from "node:perf_hooks";
import { RelayError, type Tensor } from "../core/index.ts";
import type { ModelConfig } from "../engine/index.ts";
import {
  DEFAULT_CONFIG,
  type InferOptions,
  type Inputs,
  type Model,
  type ModelStats,
  type Outputs,
} from "../engine/index.ts";
import { type Deferred, deferred } from "../util/index.ts";
import type { ModelIdentity } from "./infer-response.ts";
import type { InferenceWatch } from "./observe/inference-watch.ts";
import { RequestTally } from "./request-tally.ts";
import { sumStats } from "./sum-stats.ts";

type State =
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly model: Model }
  /** Takes no new requests; those that hold it may still run. */
  | { readonly kind: "unloading"; readonly model: Model }
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * One version of a model under its name, from the time it begins to load. Counts the requests that it was given, also
 * across models that replace each other.
 */
export class ServedModel implements ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly tally: RequestTally = new RequestTally();
  /** When the last request came, in Unix time; 0 before the first. */
  lastInferenceMs = 0;
  readonly #onChange: () => void;
  #current: State = { kind: "loading" };
  #config: ModelConfig = DEFAULT_CONFIG;
  /** Models that were replaced and answer what they had taken on. */
  readonly #draining = new Set<Model>();
  /** What models did that were replaced and are closed. */
  #past: ModelStats | undefined;
  #holders = 0;
  #released: Deferred<void> | undefined;

  /** @param onChange is told when its state is another */
  constructor(name: string, version: string, onChange: () => void = () => {}) {
    this.name = name;
    this.version = version;
    this.#onChange = onChange;
  }

  get #state(): State {
    return this.#current;
  }

  set #state(state: State) {
    this.#current = state;
    this.#onChange();
  }

  get state(): State["kind"] {
    return this.#state.kind;
  }

  /** Loaded and warmed up, with a worker to run it. */
  get isReady(): boolean {
    return this.loaded?.isAlive === true;
  }

  /** Why it is not ready; empty when it is. */
  get reason(): string {
    return this.#state.kind === "unavailable" ? this.#state.reason : "";
  }

  /** Undefined unless it is loaded. */
  get loaded(): Model | undefined {
    return this.#state.kind === "ready" ? this.#state.model : undefined;
  }

  /** @throws RelayError MODEL_NOT_READY */
  get model(): Model {
    const state = this.#state;
    if (state.kind === "ready" || state.kind === "unloading") return state.model;
    const reason = state.kind === "loading" ? "it is loading" : state.reason;
    throw new RelayError("MODEL_NOT_READY", { model: this.name, reason });
  }

  get config(): ModelConfig {
    return this.#config;
  }

  /** Names of classes, by output. */
  get labels(): ModelConfig["labels"] {
    return this.#config.labels;
  }

  /** What its models have done since the first was loaded; undefined unless ready. */
  get stats(): ModelStats | undefined {
    const model = this.loaded;
    if (!model) return undefined;
    const before = [...this.#draining].map((draining) => draining.stats());
    return [...(this.#past ? [this.#past] : []), ...before, model.stats()].reduce(sumStats);
  }

  /** Requests go to this model from now on; the one before answers what it has taken on and closes. */
  becomeReady(model: Model, config: ModelConfig = DEFAULT_CONFIG): void {
    const replaced = this.loaded;
    this.#state = { kind: "ready", model };
    this.#config = config;
    if (replaced) void this.#drain(replaced);
  }

  becomeUnavailable(reason: string): void {
    this.#state = { kind: "unavailable", reason };
  }

  async #drain(model: Model): Promise<void> {
    this.#draining.add(model);
    await model.close();
    this.#draining.delete(model);
    this.#past = this.#past ? sumStats(this.#past, model.stats()) : model.stats();
  }

  /** Keeps the model open for a request, from before its body is decoded until it is answered. */
  async hold<T>(work: (served: ServedModel) => T | Promise<T>): Promise<T> {
    this.#holders++;
    try {
      return await work(this);
    } finally {
      if (--this.#holders === 0) this.#released?.resolve();
    }
  }

  /** Waits for those who hold it and closes its model. Nobody may come to hold it any more. */
  async retire(): Promise<void> {
    const model = this.loaded;
    if (!model) return;
    this.#state = { kind: "unloading", model };
    this.#released = deferred();
    if (this.#holders > 0) await this.#released.promise;
    await this.close();
  }

  /** Closes its models when they have answered what they took on; with `force`, they cancel it. */
  async close(options: { readonly force?: boolean } = {}): Promise<void> {
    const current = this.#state.kind === "ready" || this.#state.kind === "unloading" ? [this.#state.model] : [];
    await Promise.all([...this.#draining, ...current].map((model) => model.close(options)));
  }

  /** Runs a request and counts how it ended. Errors are those of {@link Model.infer}. */
  async infer(inputs: Inputs, options: InferOptions, watch?: InferenceWatch): Promise<Outputs> {
    this.lastInferenceMs = Date.now();
    const startedMs = performance.now();
    try {
      const outputs = await this.model.infer(inputs, watch ? this.#watched(inputs, options, watch) : options);
      this.tally.succeeded(performance.now() - startedMs);
      return outputs;
    } catch (error) {
      this.tally.failed(error instanceof RelayError ? error.code : "INTERNAL", performance.now() - startedMs);
      throw error;
    }
  }

  #watched(inputs: Inputs, options: InferOptions, watch: InferenceWatch): InferOptions {
    const [first] = Object.values(inputs) as readonly (Tensor | undefined)[];
    watch.began(this, this.model.signature.batchSymbol === undefined ? 1 : (first?.shape[0] ?? 1));
    return { ...options, onBatch: (event) => watch.ran(event) };
  }
}
