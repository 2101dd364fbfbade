import { WorkerHandle } from "./handle.ts";
import type { LoadedModel, LoadSettings, ModelSource } from "./protocol.ts";

/** How long the thread stays for another model. */
const IDLE_MS = 10_000;

/**
 * A thread that reads models, one after another: loading stalls no run, and a hostile file has nothing to harm. It
 * starts when it is needed and ends when it has been idle for a while.
 */
export class Loader {
  readonly #number: number;
  #thread: WorkerHandle | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param number what errors call the thread */
  constructor(number: number) {
    this.#number = number;
  }

  load(source: ModelSource, options: LoadSettings): Promise<LoadedModel> {
    const next = this.#last.then(() => this.#run(source, options));
    this.#last = next.catch(() => {});
    return next;
  }

  /** Lets the thread start already. */
  start(): void {
    this.#startThread();
    this.#endWhenIdle();
  }

  #startThread(): WorkerHandle {
    this.#thread ??= new WorkerHandle(this.#number, {
      laneFree: () => {},
      started: () => {},
      died: () => this.#forgetThread(),
    });
    return this.#thread;
  }

  #endWhenIdle(): void {
    this.#idleTimer = setTimeout(() => void this.close(), IDLE_MS).unref();
  }

  async #run(source: ModelSource, options: LoadSettings): Promise<LoadedModel> {
    clearTimeout(this.#idleTimer);
    try {
      return await this.#startThread().load(source, options);
    } finally {
      this.#endWhenIdle();
    }
  }

  #forgetThread(): void {
    this.#thread = undefined;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.close();
  }
}
