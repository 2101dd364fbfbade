import { type Logger, pino } from "pino";

/** Which events the server logs. */
export type LogLevel = "silent" | "error" | "warn" | "info";

/** Where lines go, such as `process.stderr`. */
export interface LogSink {
  write(line: string): unknown;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Whether there is a line for every request, at any level. */
  readonly access: boolean;
  readonly sink: LogSink;
}

export type LogFields = Readonly<Record<string, unknown>>;

function rootOf({ level, sink }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: "event",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink as { write(line: string): void },
  );
}

/** JSON lines: level, time, what happened (`event`), and the facts of it. */
export class ServerLog {
  readonly #root: Logger;
  readonly #access: Logger | undefined;

  constructor(options: LogOptions) {
    this.#root = rootOf(options);
    this.#access = options.access ? this.#root.child({}, { level: "info" }) : undefined;
  }

  get hasAccess(): boolean {
    return this.#access !== undefined;
  }

  error(event: string, fields: LogFields): void {
    this.#root.error(fields, event);
  }

  warn(event: string, fields: LogFields): void {
    this.#root.warn(fields, event);
  }

  info(event: string, fields: LogFields): void {
    this.#root.info(fields, event);
  }

  /** A line of the access log; nothing when there is none. */
  request(fields: LogFields): void {
    this.#access?.info(fields, "request");
  }
}
