import type { ErrorCode } from "../../core/index.ts";

export type Carrier = "http" | "grpc";

/** What the server has been asked and has refused, since it was made. */
export class ServerTally {
  readonly requests: Record<Carrier, number> = { http: 0, grpc: 0 };
  readonly refusals: Map<ErrorCode, number> = new Map();
  /** HTTP connections that are open. */
  connections = 0;

  refused(code: ErrorCode): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
