import path from "node:path";
import { RelayError } from "../../core/index.ts";

export function relayErrorOf(error: unknown): RelayError {
  if (error instanceof RelayError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RelayError("INTERNAL", { reason }, { cause: error });
}

/** The failure to load a model, without the folders in which its file lies. */
export function publicError(error: RelayError): RelayError {
  const { file } = error.details as { readonly file?: unknown };
  if (typeof file !== "string") return error;
  return new RelayError(error.code, { ...error.details, file: path.basename(file) }, { cause: error });
}
