import type { FoundModel } from "../../engine/index.ts";
import { errorText } from "../error-answer.ts";
import type { RepositoryEntry } from "../repository-control.ts";
import type { ServedModel } from "../served-model.ts";
import type { ServedModels } from "../served-models.ts";
import type { VersionSet } from "./version-set.ts";

const STATES: Readonly<Record<ServedModel["state"], RepositoryEntry["state"]>> = {
  loading: "LOADING",
  ready: "READY",
  unloading: "UNLOADING",
  unavailable: "UNAVAILABLE",
};

/** What the index needs to know of a model besides what is served. */
export interface Indexed {
  readonly versions: VersionSet;
  readonly isWanted: boolean;
}

function servedEntry({ name, version, state, reason }: ServedModel, versions: VersionSet | undefined): RepositoryEntry {
  const problem = versions?.problemOf(version);
  const kept = problem && `the newest state failed to load with ${problem.code}: ${errorText(problem)}`;
  return { name, version, state: STATES[state], reason: reason || (kept ?? "") };
}

function idleEntries({ name, versions }: FoundModel, isWanted: boolean): readonly RepositoryEntry[] {
  const reason = isWanted ? "its version policy leaves it out" : "it is not loaded";
  return versions.map(({ version }) => ({ name, version, state: "UNAVAILABLE", reason }));
}

function compare(a: RepositoryEntry, b: RepositoryEntry): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return Number(a.version) - Number(b.version);
}

function keyOf({ version, name }: RepositoryEntry): string {
  return `${version} ${name}`;
}

/** All versions that are served or there, by name and version. */
export function indexEntries(
  models: ServedModels,
  found: Iterable<FoundModel>,
  indexedOf: (name: string) => Indexed | undefined,
): readonly RepositoryEntry[] {
  const idle = [...found].flatMap((model) => idleEntries(model, indexedOf(model.name)?.isWanted === true));
  const served = [...models.retiring, ...models].map((model) => servedEntry(model, indexedOf(model.name)?.versions));
  return [...new Map([...idle, ...served].map((entry) => [keyOf(entry), entry])).values()].sort(compare);
}
