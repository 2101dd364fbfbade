import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { RelayError } from "../../core/index.ts";
import type { WatchPoint } from "../../engine/index.ts";

/** Of a folder, the entries that matter; undefined: all do. */
type Entries = ReadonlySet<string> | undefined;

function byFolder(points: readonly WatchPoint[]): Map<string, Entries> {
  const folders = new Map<string, Entries>();
  for (const { folder, entry } of points) {
    const known = folders.get(folder);
    const matterAll = entry === undefined || (folders.has(folder) && known === undefined);
    folders.set(folder, matterAll ? undefined : new Set([...(known ?? []), entry]));
  }
  return folders;
}

/** Tells one folder from another that has taken its place; undefined when there is none. */
async function identityOf(folder: string): Promise<string | undefined> {
  const stats = await stat(folder, { bigint: true }).catch(() => undefined);
  return stats && [folder, stats.dev, stats.ino, stats.birthtimeNs].join("|");
}

function unwatchable(folder: string, cause: unknown): RelayError {
  const reason = `it cannot be watched: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new RelayError("FILE_UNREADABLE", { file: path.basename(folder), reason }, { cause });
}

export interface FolderWatcherEvents {
  changed(): void;
  failed(error: RelayError): void;
}

/** Notices changes in folders, not in those below them. */
export class FolderWatcher {
  readonly #events: FolderWatcherEvents;
  /** By identity; undefined: it cannot be watched. */
  #watchers = new Map<string, FSWatcher | undefined>();
  #entries = new Map<string, Entries>();
  #isClosed = false;

  constructor(events: FolderWatcherEvents) {
    this.#events = events;
  }

  /** Watches these and no others. @returns whether one of them was not watched before, so that changes may have been missed */
  async update(points: readonly WatchPoint[]): Promise<boolean> {
    const entries = byFolder(points);
    const folders = [...entries.keys()];
    const identities = await Promise.all(folders.map(identityOf));
    if (this.#isClosed) return false;
    this.#entries = entries;
    const before = this.#watchers;
    this.#watchers = new Map();
    for (const [i, identity] of identities.entries()) {
      const folder = folders[i];
      if (identity === undefined || folder === undefined) continue;
      this.#watchers.set(identity, before.has(identity) ? before.get(identity) : this.#watch(folder));
    }
    for (const [identity, watcher] of before) if (!this.#watchers.has(identity)) watcher?.close();
    return [...this.#watchers.keys()].some((identity) => !before.has(identity));
  }

  #watch(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, entry) => this.#notice(folder, entry));
      return watcher.on("error", (error) => this.#events.failed(unwatchable(folder, error)));
    } catch (error) {
      this.#events.failed(unwatchable(folder, error));
      return undefined;
    }
  }

  #notice(folder: string, entry: string | null): void {
    const entries = this.#entries.get(folder);
    if (entry === null || !entries || entries.has(entry)) this.#events.changed();
  }

  close(): void {
    this.#isClosed = true;
    for (const watcher of this.#watchers.values()) watcher?.close();
    this.#watchers.clear();
  }
}
