import { RelayError } from "../core/index.ts";
import { nearestName } from "../util/index.ts";
import { Changes } from "./changes.ts";
import type { ModelCatalog } from "./model-catalog.ts";
import { ServedModel } from "./served-model.ts";

/** Versions are numbers, as in the folders of a model repository. */
const VERSION = /^\d{1,15}$/;

/** Names that a message lists at most. */
const MAX_LISTED = 10;

function highestFirst(a: ServedModel, b: ServedModel): number {
  return Number(b.version) - Number(a.version);
}

function illegal(option: string, given: string, legal: string): RelayError {
  return new RelayError("OPTION_INVALID", { option, given, legal });
}

/** The models of a server by name and version. */
export class ServedModels implements ModelCatalog {
  /** Versions of each, the highest first. */
  readonly #models = new Map<string, readonly ServedModel[]>();
  /** Take no requests any more and answer those under way. */
  readonly #retiring = new Set<ServedModel>();
  readonly #changes: Changes;

  /** @param changes is told of models, and of whether they are ready */
  constructor(changes: Changes = new Changes()) {
    this.#changes = changes;
  }

  /**
   * Makes a place for a model that is about to load, also where one has failed to.
   * @throws RelayError OPTION_INVALID when it is taken
   */
  declare(name: string, version: string): ServedModel {
    if (!VERSION.test(version)) throw illegal("version", version, "a whole number ≥ 0");
    if (name === "" || name.includes("/")) throw illegal("name", name, "a name without a slash");
    const versions = this.#models.get(name) ?? [];
    const before = versions.find((served) => served.version === version);
    if (before && before.state !== "unavailable") {
      throw illegal("name", `${name} version ${version}`, "another name or version; this one is taken");
    }
    const served = new ServedModel(name, version, () => this.#changes.notify());
    this.#models.set(name, [...versions.filter((other) => other !== before), served].sort(highestFirst));
    this.#changes.notify();
    return served;
  }

  #hintFor(name: string): string {
    const nearest = nearestName(name.slice(0, 100), this.#models.keys());
    if (nearest !== undefined) return `did you mean ${nearest}?`;
    return `models: ${[...this.#models.keys()].slice(0, MAX_LISTED).join(", ") || "none"}`;
  }

  /** Takes a version away, so that no request finds it; it closes when those under way have been answered. */
  async remove(served: ServedModel): Promise<void> {
    const others = (this.#models.get(served.name) ?? []).filter((other) => other !== served);
    if (others.length > 0) this.#models.set(served.name, others);
    else this.#models.delete(served.name);
    this.#changes.notify();
    this.#retiring.add(served);
    await served.retire();
    this.#retiring.delete(served);
  }

  /** Whether every model has a version that takes requests. */
  get areReady(): boolean {
    return [...this.#models.values()].every((versions) => versions.some(({ isReady }) => isReady));
  }

  /** Versions that are being taken away. */
  get retiring(): readonly ServedModel[] {
    return [...this.#retiring];
  }

  /** All versions, the highest first. @throws RelayError MODEL_UNKNOWN */
  versions(name: string): readonly ServedModel[] {
    const versions = this.#models.get(name);
    if (versions) return versions;
    throw new RelayError("MODEL_UNKNOWN", { model: name, hint: this.#hintFor(name) });
  }

  /**
   * A version of a model; when none is asked for, the highest that is ready, or else the highest.
   * @throws RelayError MODEL_UNKNOWN
   */
  get(name: string, version?: string): ServedModel {
    const versions = this.versions(name);
    const found =
      version === undefined
        ? (versions.find(({ isReady }) => isReady) ?? versions[0])
        : versions.find((served) => served.version === version);
    if (found) return found;
    const hint = `versions: ${versions.map((served) => served.version).join(", ")}`;
    throw new RelayError("MODEL_UNKNOWN", { model: `${name} version ${version}`, hint });
  }

  *[Symbol.iterator](): Iterator<ServedModel> {
    for (const versions of this.#models.values()) yield* versions;
  }

  async close(options: { readonly force?: boolean }): Promise<void> {
    await Promise.all([...this, ...this.#retiring].map((served) => served.close(options)));
  }
}
