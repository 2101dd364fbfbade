import type { RelayError } from "../../core/index.ts";
import type { WatchPoint } from "../../engine/index.ts";
import { systemClock } from "../../util/index.ts";
import { FolderWatcher } from "./folder-watcher.ts";
import { Settle, type SettleTimes } from "./settle.ts";

/** A file that is being copied changes all the time; to try it half copied would only fail. */
const SETTLE: SettleTimes = { quietMs: 100, maxMs: 5000 };

export interface RepositoryWatchEvents {
  /** Looks again, and says where changes would show. Never called while it is under way. */
  look(): Promise<readonly WatchPoint[]>;
  /** What was seen last is to take effect. */
  changed(): void;
  failed(error: RelayError): void;
}

/** Looks again when something has changed; many changes at a time are one. */
export class RepositoryWatch {
  readonly #events: RepositoryWatchEvents;
  readonly #watcher: FolderWatcher;
  readonly #settle: Settle;
  #isLooking = false;
  #isOutdated = false;
  #isClosed = false;

  constructor(events: RepositoryWatchEvents) {
    this.#events = events;
    this.#settle = new Settle(() => void this.#follow(), SETTLE, systemClock);
    this.#watcher = new FolderWatcher({
      changed: () => this.#settle.poke(),
      failed: (error) => this.#events.failed(error),
    });
  }

  /** Looks until nothing can have been missed between looking and watching. */
  async look(): Promise<void> {
    while (await this.#watcher.update(await this.#events.look()));
  }

  async #follow(): Promise<void> {
    this.#isOutdated = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#isOutdated && !this.#isClosed) {
      this.#isOutdated = false;
      await this.look();
      if (!this.#isClosed) this.#events.changed();
    }
    this.#isLooking = false;
  }

  close(): void {
    this.#isClosed = true;
    this.#settle.close();
    this.#watcher.close();
  }
}
