import type { RepositoryEvent } from "../repository/index.ts";
import type { ServerLog } from "./server-log.ts";

/** A line for what happens to the models of a repository. */
export function logModels(log: ServerLog, event: RepositoryEvent): void {
  if (event.kind === "failed" || event.kind === "unreadable") {
    const { error, kind, ...model } = event;
    log.error(kind === "failed" ? "model failed" : "folder unreadable", {
      ...model,
      code: error.code,
      reason: error.message,
    });
  } else {
    const { kind, ...model } = event;
    log.info(`model ${kind}`, model);
  }
}
