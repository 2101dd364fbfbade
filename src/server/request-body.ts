import type { IncomingMessage, ServerResponse } from "node:http";
import { createGunzip, createInflate } from "node:zlib";
import { RelayError } from "../core/index.ts";
import type { Payload } from "./body-reader.ts";

const TYPES: readonly string[] = ["application/json", "application/octet-stream"];

const DECODERS = { gzip: createGunzip, deflate: createInflate } as const;

const IDENTITY = "identity";
const ENCODINGS: readonly string[] = [IDENTITY, ...Object.keys(DECODERS)];

function isCompressed(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

function encodingOf({ headers }: IncomingMessage): string {
  return headers["content-encoding"]?.trim().toLowerCase() ?? IDENTITY;
}

function unsupported(given: string, legal: readonly string[]): RelayError {
  return new RelayError("BODY_UNSUPPORTED", { given: given.slice(0, 80), legal: legal.join(", ") });
}

/** A body that does not say what it is is taken. @throws RelayError BODY_UNSUPPORTED unless it is JSON or bytes */
export function requireReadable(request: IncomingMessage): void {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== undefined && !TYPES.includes(type)) throw unsupported(type, TYPES);
  const encoding = encodingOf(request);
  if (!ENCODINGS.includes(encoding)) throw unsupported(`encoded as ${encoding}`, ENCODINGS);
}

/**
 * The body as it was before it was compressed; decompressing happens off the event loop, and ends with the answer at
 * the latest: a small body may grow to a thousand times its size.
 */
export function decompressed(body: IncomingMessage, response: ServerResponse): Payload {
  const encoding = encodingOf(body);
  if (!isCompressed(encoding)) return body;
  const decoder = DECODERS[encoding]();
  // It reaches whoever reads the decoder. Nobody does when there is no body, or when the answer is already sent.
  decoder.on("error", () => {});
  const end = (): void => {
    body.unpipe(decoder);
    decoder.destroy();
  };
  response.once("finish", end).once("close", end);
  body.once("error", (error) => decoder.destroy(error));
  return Object.assign(body.pipe(decoder), { encodedBytes: () => decoder.bytesWritten });
}
