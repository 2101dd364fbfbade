export type { RepositoryEvent, RepositoryListener } from "./events.ts";
export { ModelRepository, type RepositoryOptions } from "./model-repository.ts";
