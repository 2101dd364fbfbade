import type { JsonObject } from "../container/index.ts";
import { RelayError } from "../core/index.ts";

/** A version of a model in the repository, in the words of the model repository extension. */
export type RepositoryEntry = {
  readonly name: string;
  readonly version: string;
  readonly state: "READY" | "LOADING" | "UNLOADING" | "UNAVAILABLE";
  /** Why it is not ready, or why a newer state of it does not serve; else empty. */
  readonly reason: string;
};

/** What clients may do to the models of a server. */
export interface RepositoryControl {
  /** @param options with `ready`, only those that are */
  index(options: { readonly ready: boolean }): Promise<readonly RepositoryEntry[]>;
  /** Loads a model, or loads it anew; resolves when it takes requests. @param parameters of the extension */
  load(name: string, parameters: JsonObject): Promise<void>;
  /** Resolves when the model takes no more requests; those under way are answered. */
  unload(name: string): Promise<void>;
}

async function refuse(): Promise<never> {
  throw new RelayError("REPOSITORY_OFF", {});
}

/** The default: nobody may. */
export const REPOSITORY_OFF: RepositoryControl = { index: refuse, load: refuse, unload: refuse };
