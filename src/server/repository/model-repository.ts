import path from "node:path";
import type { JsonObject } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import {
  type FoundModel,
  type Model,
  type ModelOptions,
  type RepositoryLocation,
  type RepositoryScan,
  scanRepository,
  type WatchPoint,
  wantedVersions,
} from "../../engine/index.ts";
import { KeyedQueue, nearestName } from "../../util/index.ts";
import type { RepositoryControl, RepositoryEntry } from "../repository-control.ts";
import type { ServedModels } from "../served-models.ts";
import type { RepositoryEvent, RepositoryListener } from "./events.ts";
import { indexEntries } from "./index-entries.ts";
import { configParameter } from "./load-parameters.ts";
import type { PlanOptions } from "./plan.ts";
import { relayErrorOf } from "./public-error.ts";
import { RepositoryWatch } from "./repository-watch.ts";
import { VersionSet } from "./version-set.ts";

export interface RepositoryOptions {
  /** Options of models, where their `config.json` does not say otherwise. */
  readonly model?: ModelOptions;
  /** Whether what is found is loaded without being asked for. Default true. */
  readonly autoload?: boolean;
  /** Whether changes in the folders take effect by themselves. Default false. */
  readonly watch?: boolean;
  /** Whether clients may list, load and unload models. Default false. */
  readonly repositoryCalls?: boolean;
  /** Is told what happens to the models. */
  readonly onEvent?: RepositoryListener;
}

export interface ModelRepositoryParts {
  readonly models: ServedModels;
  /** Loads and warms up a model. */
  readonly open: (name: string, file: string, options: ModelOptions) => Promise<Model>;
}

/** A model of the repository, loaded or not. */
interface Managed {
  readonly versions: VersionSet;
  isWanted: boolean;
  /** The configuration that a load call brought. */
  configText?: string | undefined;
}

const NOTHING: ReadonlyMap<string, FoundModel> = new Map();

/** Serves the models that lie in some places, as they come and go. */
export class ModelRepository implements RepositoryControl {
  readonly #parts: ModelRepositoryParts;
  readonly #locations: readonly RepositoryLocation[];
  readonly #options: RepositoryOptions;
  readonly #queue = new KeyedQueue();
  readonly #managed = new Map<string, Managed>();
  readonly #watch: RepositoryWatch;
  #found = NOTHING;
  #looking: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(parts: ModelRepositoryParts, locations: readonly RepositoryLocation[], options: RepositoryOptions = {}) {
    this.#parts = parts;
    this.#locations = locations.map((location) => ({ ...location, path: path.resolve(location.path) }));
    this.#options = options;
    this.#watch = new RepositoryWatch({
      look: () => this.#lookAgain(),
      changed: () => void this.#applyAll(),
      failed: (error) => this.#emit({ kind: "unreadable", error }),
    });
  }

  /**
   * Loads what is there, unless it is to wait until asked for. Models that fail are unavailable.
   * @throws RelayError FILE_UNREADABLE when there is nothing at a location
   */
  async start(): Promise<void> {
    const { failures, models } = await this.#scan();
    if (failures[0]) throw failures[0];
    if (models.size === 0 && !this.#mayChange) throw this.#empty();
    this.#found = models;
    if (this.#options.watch) await this.#watch.look();
    await this.#applyAll();
  }

  get #mayChange(): boolean {
    return this.#options.watch === true || this.#options.repositoryCalls === true;
  }

  #empty(): RelayError {
    const reason =
      "it holds no NAME.pt2, NAME.onnx, NAME/VERSION/model.pt2 or NAME/VERSION/model.onnx; for the folder of one model, give the model's name too";
    return new RelayError("FILE_UNREADABLE", {
      file: this.#locations.map((location) => location.path).join(", "),
      reason,
    });
  }

  #scan(only?: string): Promise<RepositoryScan> {
    return scanRepository(this.#locations, only);
  }

  /** What cannot be looked into is taken to be as it was. */
  async #lookAgain(): Promise<readonly WatchPoint[]> {
    const { models, watchPoints, failures } = await this.#scan();
    for (const error of failures) this.#emit({ kind: "unreadable", error });
    this.#found = failures.length > 0 ? new Map([...this.#found, ...models]) : models;
    return watchPoints;
  }

  async #applyAll(): Promise<void> {
    const names = new Set([...this.#found.keys(), ...this.#managed.keys()]);
    await Promise.all([...names].map((name) => this.#queue.run(name, () => this.#applyOrTell(name))));
  }

  async #applyOrTell(name: string): Promise<void> {
    try {
      await this.#apply(name, { retriesFailed: false });
    } catch (error) {
      this.#emit({ kind: "failed", name, version: "", error: relayErrorOf(error) });
    }
  }

  /** Serves a model as it was found last. */
  async #apply(name: string, options: PlanOptions): Promise<void> {
    if (this.#isClosed) return;
    const found = this.#found.get(name);
    const managed = this.#manage(name);
    if (found && managed.isWanted) {
      await managed.versions.reconcile(
        wantedVersions(withConfig(found, managed.configText), this.#options.model),
        found.versions.map(({ version }) => version),
        options,
      );
    } else if (!found) {
      managed.versions.unloadAll();
      this.#managed.delete(name);
    }
  }

  #manage(name: string): Managed {
    const known = this.#managed.get(name);
    if (known) return known;
    const versions = new VersionSet(name, {
      models: this.#parts.models,
      open: (_, { file, config }) => this.#open(name, file, config.options),
      onEvent: (event) => this.#emit(event),
    });
    const managed: Managed = { versions, isWanted: this.#options.autoload ?? true };
    this.#managed.set(name, managed);
    return managed;
  }

  async #open(name: string, file: string, options: ModelOptions): Promise<Model> {
    const model = await this.#parts.open(name, file, options);
    if (!this.#isClosed) return model;
    await model.close();
    throw new RelayError("MODEL_CLOSED", {});
  }

  /** What fails once the repository is closed fails because of that. */
  #emit(event: RepositoryEvent): void {
    if (!this.#isClosed || !("error" in event)) this.#options.onEvent?.(event);
  }

  #hintFor(name: string): string {
    if (this.#found.has(name)) return "its file cannot be found any more";
    const nearest = nearestName(name, this.#found.keys());
    return nearest === undefined ? "the repository index lists those that are" : `did you mean ${nearest}?`;
  }

  #unknown(name: string): RelayError {
    const model = name.slice(0, 100);
    return new RelayError("MODEL_UNKNOWN", { model, hint: this.#hintFor(model) });
  }

  async index({ ready }: { readonly ready: boolean }): Promise<readonly RepositoryEntry[]> {
    this.#looking ??= this.#lookAgain().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    const entries = indexEntries(this.#parts.models, this.#found.values(), (name) => this.#managed.get(name));
    return ready ? entries.filter(({ state }) => state === "READY") : entries;
  }

  /**
   * Looks for a model, and loads those of its versions that are wanted and new, have changed or have failed.
   * @throws RelayError MODEL_UNKNOWN, REQUEST_INVALID, CONFIG_INVALID, and those of loading
   */
  async load(name: string, parameters: JsonObject): Promise<void> {
    const configText = configParameter(parameters);
    await this.#queue.run(name, async () => {
      if (this.#isClosed) throw new RelayError("MODEL_CLOSED", {});
      const found = (await this.#scan(name)).models.get(name);
      if (!found) throw this.#unknown(name);
      this.#found = new Map(this.#found).set(name, found);
      const managed = this.#manage(name);
      managed.isWanted = true;
      managed.configText = configText;
      await this.#apply(name, { retriesFailed: true });
      const problem = managed.versions.firstProblem;
      if (problem) throw problem;
    });
  }

  /** Takes all versions of a model out of service until it is loaded again. @throws RelayError MODEL_UNKNOWN */
  async unload(name: string): Promise<void> {
    await this.#queue.run(name, async () => {
      const managed = this.#managed.get(name);
      if (!managed && !this.#found.has(name)) throw this.#unknown(name);
      this.#stop(managed ?? this.#manage(name));
    });
  }

  #stop(managed: Managed): void {
    managed.isWanted = false;
    managed.configText = undefined;
    managed.versions.unloadAll();
  }

  /** Follows changes no longer; what is served stays so. */
  close(): void {
    this.#isClosed = true;
    this.#watch.close();
  }
}

function withConfig(found: FoundModel, configText: string | undefined): FoundModel {
  return configText === undefined ? found : { ...found, configText };
}
