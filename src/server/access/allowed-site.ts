import type { Changes } from "../changes.ts";
import type { Codec } from "../codec/index.ts";
import type { EventLoopDelay } from "../event-loop-delay.ts";
import type { ModelCatalog } from "../model-catalog.ts";
import type { ServerTally } from "../observe/server-tally.ts";
import type { RepositoryControl } from "../repository-control.ts";
import type { Site } from "../site.ts";
import { AllowedModels } from "./allowed-models.ts";
import { AllowedRepository } from "./allowed-repository.ts";
import type { Grant } from "./grant.ts";

/** The server as the holder of a key sees it: every route is held to the key by what it is given. */
export class AllowedSite implements Site {
  readonly #site: Site;
  readonly #grant: Grant;
  readonly models: ModelCatalog;

  constructor(site: Site, grant: Grant) {
    this.#site = site;
    this.#grant = grant;
    this.models = new AllowedModels(site.models, grant);
  }

  get version(): string {
    return this.#site.version;
  }

  get repository(): RepositoryControl {
    return new AllowedRepository(this.#site.repository, this.#grant);
  }

  get codec(): Codec {
    return this.#site.codec;
  }

  get isReady(): boolean {
    return this.#site.isReady;
  }

  get changes(): Changes {
    return this.#site.changes;
  }

  get eventLoopDelay(): EventLoopDelay {
    return this.#site.eventLoopDelay;
  }

  get tally(): ServerTally {
    return this.#site.tally;
  }
}
