import type { JsonObject } from "../container/index.ts";
import { RelayError } from "../core/index.ts";

/** A version of a model in the repository, in the words of the model repository extension. */
export type RepositoryEntry = {
  readonly name: string;
  readonly version: string;
  readonly state: "READY" | "LOADING" | "UNLOADING" | "UNAVAILABLE";
  /** Why it is not ready; empty when it is. */
  readonly reason: string;
};

/** What clients may do to the models of a server. */
export interface RepositoryControl {
  index(options: { readonly ready: boolean }): readonly RepositoryEntry[];
  /** Loads a model, or loads it anew; resolves when it takes requests. @param parameters of the extension */
  load(name: string, parameters: JsonObject): Promise<void>;
  /** Resolves when the model takes no more requests; those under way are answered. */
  unload(name: string): Promise<void>;
}

function refuse(): never {
  throw new RelayError("REPOSITORY_OFF", {});
}

/** The default: nobody may. */
export const REPOSITORY_OFF: RepositoryControl = {
  index: refuse,
  load: async () => refuse(),
  unload: async () => refuse(),
};
