import { packageFacts } from "../util/index.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import type { HttpSite } from "./http.ts";
import { ServerTally } from "./observe/server-tally.ts";
import { REPOSITORY_OFF, type RepositoryControl } from "./repository-control.ts";
import { ServedModels } from "./served-models.ts";

/** The state of a server, which its routes read and its lifetime changes. */
export class ServerSite implements HttpSite {
  readonly version: string = packageFacts().version;
  readonly models: ServedModels = new ServedModels();
  readonly repository: RepositoryControl = REPOSITORY_OFF;
  readonly eventLoopDelay: EventLoopDelay = new EventLoopDelay();
  readonly tally: ServerTally = new ServerTally();
  /** Draining: not ready, but serving. Closing: no new connections. */
  phase: "serving" | "draining" | "closing" = "serving";

  get isReady(): boolean {
    return this.phase === "serving" && [...this.models].every((served) => served.isReady);
  }

  get isClosing(): boolean {
    return this.phase === "closing";
  }
}
