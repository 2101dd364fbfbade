import { performance } from "node:perf_hooks";
import { RelayError, type Tensor } from "../core/index.ts";
import type { InferOptions, Inputs, Model, Outputs } from "../engine/index.ts";
import type { ModelIdentity } from "./infer-response.ts";
import type { InferenceWatch } from "./observe/inference-watch.ts";
import { RequestTally } from "./request-tally.ts";

type State =
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly model: Model }
  | { readonly kind: "unavailable"; readonly reason: string };

/** One version of a model under its name, from the time it begins to load. Counts the requests that it was given. */
export class ServedModel implements ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly tally: RequestTally = new RequestTally();
  /** When the last request came, in Unix time; 0 before the first. */
  lastInferenceMs = 0;
  #state: State = { kind: "loading" };

  constructor(name: string, version: string) {
    this.name = name;
    this.version = version;
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  get isUnavailable(): boolean {
    return this.#state.kind === "unavailable";
  }

  /** Undefined unless ready. */
  get loaded(): Model | undefined {
    return this.#state.kind === "ready" ? this.#state.model : undefined;
  }

  /** @throws RelayError MODEL_NOT_READY */
  get model(): Model {
    const state = this.#state;
    if (state.kind === "ready") return state.model;
    const reason = state.kind === "loading" ? "it is loading" : state.reason;
    throw new RelayError("MODEL_NOT_READY", { model: this.name, reason });
  }

  becomeReady(model: Model): void {
    this.#state = { kind: "ready", model };
  }

  becomeUnavailable(reason: string): void {
    this.#state = { kind: "unavailable", reason };
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
