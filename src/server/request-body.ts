import { pipeline, type Readable } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import type { FastifyRequest } from "fastify";
import { RelayError } from "../core/index.ts";

const TYPES: readonly string[] = ["application/json", "application/octet-stream"];

const DECODERS = { gzip: createGunzip, deflate: createInflate } as const;

const IDENTITY = "identity";
const ENCODINGS: readonly string[] = [IDENTITY, ...Object.keys(DECODERS)];

function isCompressed(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

function encodingOf({ headers }: FastifyRequest): string {
  return headers["content-encoding"]?.trim().toLowerCase() ?? IDENTITY;
}

function unsupported(given: string, legal: readonly string[]): RelayError {
  return new RelayError("BODY_UNSUPPORTED", { given: given.slice(0, 80), legal: legal.join(", ") });
}

/** A body that does not say what it is is taken. @throws RelayError BODY_UNSUPPORTED unless it is JSON or bytes */
export function requireReadable(request: FastifyRequest): void {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== undefined && !TYPES.includes(type)) throw unsupported(type, TYPES);
  const encoding = encodingOf(request);
  if (!ENCODINGS.includes(encoding)) throw unsupported(`encoded as ${encoding}`, ENCODINGS);
}

/** The body as it was before it was compressed; decompressing happens off the event loop. */
export function decompressed(request: FastifyRequest, body: Readable): Readable {
  const encoding = encodingOf(request);
  if (!isCompressed(encoding)) return body;
  const decoder = DECODERS[encoding]();
  // Fastify compares this with Content-Length.
  Object.defineProperty(decoder, "receivedEncodedLength", { get: () => decoder.bytesWritten });
  // What goes wrong reaches whoever reads the decoder; where nobody does (no body, an answer already sent), nobody minds.
  decoder.on("error", () => {});
  pipeline(body, decoder, () => {});
  return decoder;
}
