import { performance } from "node:perf_hooks";
import { RelayError } from "../../core/index.ts";
import type { Model, WantedVersion } from "../../engine/index.ts";
import { nearestName } from "../../util/index.ts";
import { errorText } from "../error-answer.ts";
import type { ServedModel } from "../served-model.ts";
import type { ServedModels } from "../served-models.ts";
import type { RepositoryListener } from "./events.ts";
import { dispensable, type PlanOptions, plan } from "./plan.ts";
import { publicError, relayErrorOf } from "./public-error.ts";

/** Loads and warms up a version. */
export type OpenVersion = (name: string, wanted: WantedVersion) => Promise<Model>;

/** What the versions of a model are put into effect with. */
export interface VersionSetParts {
  readonly models: ServedModels;
  readonly open: OpenVersion;
  readonly onEvent: RepositoryListener;
}

/** A version that has been loaded, or tried. */
interface Entry {
  readonly served: ServedModel;
  /** Of the last try. */
  readonly identity: string;
  /** Why the last try failed. */
  problem?: RelayError;
}

/** @throws RelayError CONFIG_INVALID for names of classes of outputs that the model does not have */
function requireLabelled(name: string, { config }: WantedVersion, { outputs }: Model): void {
  const legal = outputs.map((output) => output.name);
  const unknown = Object.keys(config.labels).find((output) => !legal.includes(output));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown.slice(0, 80), legal);
  const problem = `labels has the unknown output ${unknown.slice(0, 80)}; ${nearest ? `did you mean ${nearest}?` : `legal: ${legal.join(", ")}`}`;
  throw new RelayError("CONFIG_INVALID", { file: `config.json of model ${name}`, problem });
}

/** The versions of one model of a repository. Its methods are to be called one after another. */
export class VersionSet {
  readonly #name: string;
  readonly #parts: VersionSetParts;
  readonly #entries = new Map<string, Entry>();

  constructor(name: string, parts: VersionSetParts) {
    this.#name = name;
    this.#parts = parts;
  }

  /** Why a version is not served as wanted; undefined when all are. */
  get firstProblem(): RelayError | undefined {
    return [...this.#entries.values()].find(({ problem }) => problem)?.problem;
  }

  /** Why the newest state of a version is not what serves. */
  problemOf(version: string): RelayError | undefined {
    return this.#entries.get(version)?.problem;
  }

  /**
   * Loads what is wanted and not yet served, then unloads what is no longer wanted.
   * @param found versions whose files are there, wanted or not
   */
  async reconcile(wanted: readonly WantedVersion[], found: readonly string[], options: PlanOptions): Promise<void> {
    const { load, unload } = plan(this.#current(), wanted, options);
    await Promise.all(load.map((version) => this.#load(version)));
    const failed = wanted.filter(({ version }) => this.problemOf(version)).length;
    const outcome = { failed, succeeded: wanted.length - failed, found };
    for (const version of dispensable(unload, outcome)) this.#unload(version);
  }

  unloadAll(): void {
    for (const version of [...this.#entries.keys()]) this.#unload(version);
  }

  #current(): Parameters<typeof plan>[0] {
    return [...this.#entries].map(([version, { identity, problem }]) => {
      return { version, identity, hasFailed: problem !== undefined };
    });
  }

  async #load(wanted: WantedVersion): Promise<void> {
    const { version, identity } = wanted;
    const before = this.#entries.get(version)?.served;
    const isReplacement = before?.loaded !== undefined;
    const startedMs = performance.now();
    const served = isReplacement ? before : this.#parts.models.declare(this.#name, version);
    const entry: Entry = { served, identity };
    this.#entries.set(version, entry);
    try {
      served.becomeReady(await this.#open(wanted), wanted.config);
      const elapsedMs = performance.now() - startedMs;
      this.#parts.onEvent({ kind: "loaded", name: this.#name, version, elapsedMs, isReplacement });
    } catch (error) {
      this.#fail(entry, relayErrorOf(error));
    }
  }

  async #open(wanted: WantedVersion): Promise<Model> {
    if (wanted.problem) throw wanted.problem;
    const model = await this.#parts.open(this.#name, wanted);
    try {
      requireLabelled(this.#name, wanted, model);
      return model;
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  #fail(entry: Entry, error: RelayError): void {
    const { served } = entry;
    const problem = publicError(error);
    entry.problem = problem;
    if (!served.loaded) served.becomeUnavailable(`it failed to load with ${problem.code}: ${errorText(problem)}`);
    this.#parts.onEvent({ kind: "failed", name: this.#name, version: served.version, error });
  }

  #unload(version: string): void {
    const entry = this.#entries.get(version);
    if (!entry) return;
    this.#entries.delete(version);
    void this.#remove(entry.served);
  }

  async #remove(served: ServedModel): Promise<void> {
    const wasLoaded = served.loaded !== undefined;
    await this.#parts.models.remove(served);
    if (wasLoaded) this.#parts.onEvent({ kind: "unloaded", name: this.#name, version: served.version });
  }
}
