import type { JsonObject } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import type { RepositoryControl, RepositoryEntry } from "../repository-control.ts";
import type { Grant } from "./grant.ts";

/** What the holder of a key may do to the models. */
export class AllowedRepository implements RepositoryControl {
  readonly #repository: RepositoryControl;
  readonly #grant: Grant;

  constructor(repository: RepositoryControl, grant: Grant) {
    this.#repository = repository;
    this.#grant = grant;
  }

  #require(name?: string): void {
    if (!this.#grant.repository) throw new RelayError("REPOSITORY_FORBIDDEN", {});
    if (name !== undefined && !this.#grant.allows(name)) throw new RelayError("MODEL_FORBIDDEN", { model: name });
  }

  async index(options: { readonly ready: boolean }): Promise<readonly RepositoryEntry[]> {
    this.#require();
    const entries = await this.#repository.index(options);
    return entries.filter(({ name }) => this.#grant.allows(name));
  }

  async load(name: string, parameters: JsonObject): Promise<void> {
    this.#require(name);
    await this.#repository.load(name, parameters);
  }

  async unload(name: string): Promise<void> {
    this.#require(name);
    await this.#repository.unload(name);
  }
}
