import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { RelayError } from "../../core/index.ts";
import { errorText } from "../error-answer.ts";

/** Characters of a message: escaped, it must fit into the 8 KiB of trailers that clients take. */
const MAX_TEXT = 800;

/** The trailer with the stable code of an error. */
const CODE = "torchrelay-code";

/** Cutting may have split a character, which must not reach the escaping. */
function cut(text: string): string {
  return Buffer.from(text.slice(0, MAX_TEXT)).toString();
}

/** The status with which a request ends that has failed. */
export function grpcFailure(error: unknown): Pick<ServiceError, "code" | "details" | "metadata"> {
  const known = error instanceof RelayError ? error : new RelayError("INTERNAL", { reason: String(error) });
  const metadata = new Metadata();
  metadata.set(CODE, known.code);
  return { code: status[known.grpcStatus], details: cut(errorText(known)), metadata };
}
