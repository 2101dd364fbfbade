import { cpuBudget, packageFacts } from "../util/index.ts";
import { Changes } from "./changes.ts";
import { Codec } from "./codec/index.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import type { HttpSite } from "./http.ts";
import { ServerTally } from "./observe/server-tally.ts";
import { REPOSITORY_OFF, type RepositoryControl } from "./repository-control.ts";
import { ServedModels } from "./served-models.ts";

/** Draining: not ready, but serving. Closing: no new connections. */
type Phase = "serving" | "draining" | "closing";

/** The state of a server, which its routes read and its lifetime changes. */
export class ServerSite implements HttpSite {
  readonly version: string = packageFacts().version;
  readonly changes: Changes = new Changes();
  readonly models: ServedModels = new ServedModels(this.changes);
  repository: RepositoryControl = REPOSITORY_OFF;
  readonly codec: Codec = new Codec(Math.max(1, Math.floor(cpuBudget().cores / 2)));
  readonly eventLoopDelay: EventLoopDelay = new EventLoopDelay();
  readonly tally: ServerTally = new ServerTally();
  #phase: Phase = "serving";
  #isStarting = false;

  get phase(): Phase {
    return this.#phase;
  }

  set phase(phase: Phase) {
    this.#phase = phase;
    this.changes.notify();
  }

  /** The models that are there at the start are being loaded. */
  get isStarting(): boolean {
    return this.#isStarting;
  }

  set isStarting(isStarting: boolean) {
    this.#isStarting = isStarting;
    this.changes.notify();
  }

  get isReady(): boolean {
    return this.phase === "serving" && !this.isStarting && this.models.areReady;
  }

  get isClosing(): boolean {
    return this.phase === "closing";
  }
}
