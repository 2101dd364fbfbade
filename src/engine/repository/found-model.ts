import type { RelayError } from "../../core/index.ts";

/** A version of a model as it lies in a repository. */
export interface FoundVersion {
  readonly version: string;
  readonly file: string;
  /** Another one when the file is another, or has changed. */
  readonly identity: string;
  /** Why it cannot be loaded. */
  readonly problem?: RelayError;
}

/** A model as it lies in a repository. */
export interface FoundModel {
  readonly name: string;
  /** Fit for a message: without the folders that lead there. */
  readonly place: string;
  readonly versions: readonly FoundVersion[];
  /** Of its `config.json`; undefined when there is none. */
  readonly configText?: string;
  /** Why none of its versions can be loaded. */
  readonly problem?: RelayError;
}

/** A folder whose changes matter to a scan. */
export interface WatchPoint {
  readonly folder: string;
  /** The one entry that matters; undefined: all do. */
  readonly entry?: string;
}

/** What a scan has found. */
export interface Findings {
  readonly models: readonly FoundModel[];
  readonly watchPoints: readonly WatchPoint[];
}

export function joinFindings(parts: readonly Findings[]): Findings {
  return {
    models: parts.flatMap(({ models }) => models),
    watchPoints: parts.flatMap(({ watchPoints }) => watchPoints),
  };
}
