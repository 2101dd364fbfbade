import { RelayError } from "../core/index.ts";

/** What the system's codes mean to who asked for an address. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there",
  EADDRNOTAVAIL: "it is not an address of this machine",
  EACCES: "permission denied",
  ENOTFOUND: "there is no such host",
};

/** gRPC tells the system's code somewhere in its message. */
const CODE = new RegExp(`\\b(?:${Object.keys(REASONS).join("|")})\\b`);

/** Why a server cannot listen. @param cause what the system said, or gRPC of it */
export function addressUnavailable(host: string, port: number, cause: unknown): RelayError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const reason = REASONS[CODE.exec(message)?.[0] ?? ""] ?? message;
  return new RelayError("ADDRESS_UNAVAILABLE", { address: `${host}:${port}`, reason }, { cause });
}
