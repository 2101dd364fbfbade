import type { Changes } from "./changes.ts";
import type { Codec } from "./codec/index.ts";
import type { EventLoopDelay } from "./event-loop-delay.ts";
import type { ModelCatalog } from "./model-catalog.ts";
import type { ServerTally } from "./observe/server-tally.ts";
import type { RepositoryControl } from "./repository-control.ts";

/** What the routes see of the server. */
export interface Site {
  readonly version: string;
  readonly models: ModelCatalog;
  readonly repository: RepositoryControl;
  readonly codec: Codec;
  readonly isReady: boolean;
  /** Of what is served, and of whether it is ready. */
  readonly changes: Changes;
  readonly eventLoopDelay: EventLoopDelay;
  readonly tally: ServerTally;
}
