import type { RelayError } from "../core/index.ts";
import type { LogLevel, RepositoryEvent } from "../server/index.ts";
import type { Terminal } from "./terminal.ts";

type Failed = Extract<RepositoryEvent, { readonly error: RelayError }>;

function isFailed(event: RepositoryEvent): event is Failed {
  return "error" in event;
}

function describe(event: RepositoryEvent): string {
  const model = "name" in event ? `model ${event.name}${event.version && ` version ${event.version}`} ` : "";
  if (event.kind === "loaded") {
    const verb = event.isReplacement ? "was replaced" : "was loaded";
    return `${model}${verb} in ${(event.elapsedMs / 1000).toFixed(1)} s`;
  }
  if (event.kind === "unloaded") return `${model}was unloaded`;
  return `${model}${event.kind === "failed" ? "failed to load: " : ""}${event.error.code}: ${event.error.message}`;
}

/** Tells on stderr what happens to the models of a server. */
export class RepositoryReport {
  readonly #terminal: Terminal;
  readonly #level: LogLevel;
  #atStart: Failed[] | undefined = [];

  constructor(terminal: Terminal, level: LogLevel) {
    this.#terminal = terminal;
    this.#level = level;
  }

  tell(event: RepositoryEvent): void {
    if (!isFailed(event)) {
      if (this.#level === "info") this.#terminal.complain(`${describe(event)}\n`);
    } else if (this.#atStart) {
      this.#atStart.push(event);
    } else {
      this.#complain(event);
    }
  }

  #complain(event: Failed): void {
    if (this.#level === "silent") return;
    this.#terminal.complain(`${this.#terminal.errorStyle("red", "error:")} ${describe(event)}\n`);
  }

  /** What failed until now is told. @throws RelayError the first failure, unless the server is of use */
  started(isUseful: boolean): void {
    const [first] = this.#atStart ?? [];
    if (first && !isUseful) throw first.error;
    for (const event of this.#atStart ?? []) this.#complain(event);
    this.#atStart = undefined;
  }
}
