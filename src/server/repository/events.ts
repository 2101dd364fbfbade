import type { RelayError } from "../../core/index.ts";

/** What happens to the models of a repository. */
export type RepositoryEvent =
  /** Takes requests. */
  | {
      readonly kind: "loaded";
      readonly name: string;
      readonly version: string;
      readonly elapsedMs: number;
      /** A model that it took the place of, under the same version. */
      readonly isReplacement: boolean;
    }
  /** Has answered its last request. */
  | { readonly kind: "unloaded"; readonly name: string; readonly version: string }
  /** Could not be loaded; what served before still does. */
  | { readonly kind: "failed"; readonly name: string; readonly version: string; readonly error: RelayError }
  /** A folder cannot be looked into, or not be watched; its models stay as they are. */
  | { readonly kind: "unreadable"; readonly error: RelayError };

export type RepositoryListener = (event: RepositoryEvent) => void;
