import type { Codec } from "./codec/index.ts";
import type { EventLoopDelay } from "./event-loop-delay.ts";
import type { RepositoryControl } from "./repository-control.ts";
import type { ServedModels } from "./served-models.ts";

/** What the routes see of the server. */
export interface Site {
  readonly version: string;
  readonly models: ServedModels;
  readonly repository: RepositoryControl;
  readonly codec: Codec;
  readonly isReady: boolean;
  readonly eventLoopDelay: EventLoopDelay;
}
