import { RelayError } from "../core/index.ts";
import { nearestName } from "../util/index.ts";
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
  readonly #models = new Map<string, Map<string, ServedModel>>();

  /**
   * Makes a place for a model that is about to load, also where one has failed to.
   * @throws RelayError OPTION_INVALID when it is taken
   */
  declare(name: string, version: string): ServedModel {
    if (!VERSION.test(version)) throw illegal("version", version, "a whole number ≥ 0");
    if (name === "" || name.includes("/")) throw illegal("name", name, "a name without a slash");
    const versions = this.#models.get(name) ?? new Map<string, ServedModel>();
    if (versions.get(version)?.isUnavailable === false) {
      throw illegal("name", `${name} version ${version}`, "another name or version; this one is taken");
    }
    const served = new ServedModel(name, version);
    this.#models.set(name, versions.set(version, served));
    return served;
  }

  #hintFor(name: string): string {
    const nearest = nearestName(name.slice(0, 100), this.#models.keys());
    if (nearest !== undefined) return `did you mean ${nearest}?`;
    return `models: ${[...this.#models.keys()].slice(0, MAX_LISTED).join(", ") || "none"}`;
  }

  /** All versions, the highest first. @throws RelayError MODEL_UNKNOWN */
  versions(name: string): readonly ServedModel[] {
    const versions = this.#models.get(name);
    if (!versions) throw new RelayError("MODEL_UNKNOWN", { model: name, hint: this.#hintFor(name) });
    return [...versions.values()].sort(highestFirst);
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
    for (const versions of this.#models.values()) yield* versions.values();
  }
}
