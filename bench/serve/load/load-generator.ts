import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Load, LoadEvent, LoadResult } from "./load.ts";

interface Watcher {
  readonly measuring: () => void;
  readonly measured: () => void;
}

/** The process that makes the load. Close it when done. */
export class LoadGenerator implements Disposable {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL("./generator-child.js", import.meta.url)), {
    serialization: "advanced",
  });

  /** Puts a load on a server. @param watcher called when the measured time starts and ends */
  run(load: Load, watcher: Watcher): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error("the load generator ended"));
      const told = (event: LoadEvent): void => {
        if (event.kind === "done") {
          this.#child.off("message", told).off("exit", ended);
          resolve(event.result);
        } else watcher[event.kind]();
      };
      this.#child.on("message", told).once("exit", ended).send(load);
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
