import { cpuBudget, packageFacts } from "../util/index.ts";
import { Codec } from "./codec/index.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import type { HttpSite } from "./http.ts";
import { REPOSITORY_OFF, type RepositoryControl } from "./repository-control.ts";
import { ServedModels } from "./served-models.ts";

/** The state of a server, which its routes read and its lifetime changes. */
export class ServerSite implements HttpSite {
  readonly version: string = packageFacts().version;
  readonly models: ServedModels = new ServedModels();
  repository: RepositoryControl = REPOSITORY_OFF;
  readonly codec: Codec = new Codec(Math.max(1, Math.floor(cpuBudget().cores / 2)));
  readonly eventLoopDelay: EventLoopDelay = new EventLoopDelay();
  /** Draining: not ready, but serving. Closing: no new connections. */
  phase: "serving" | "draining" | "closing" = "serving";
  /** The models that are there at the start are being loaded. */
  isStarting = false;

  get isReady(): boolean {
    return this.phase === "serving" && !this.isStarting && this.models.areReady;
  }

  get isClosing(): boolean {
    return this.phase === "closing";
  }
}
