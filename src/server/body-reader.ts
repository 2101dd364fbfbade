import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { RelayError } from "../core/index.ts";
import { invalid } from "./invalid.ts";
import { turnEnd } from "./turn-end.ts";

/** Bytes that are copied in one turn of the event loop: a fraction of a millisecond. */
const BYTES_PER_TURN = 1 << 20;

/** Binary data begins at a multiple of this, so that its numbers need not be copied to be read. */
const ALIGNMENT = 8;

/** Where the body is to begin so that what follows its first `jsonBytes` is aligned. */
function startFor(jsonBytes: number): number {
  return Number.isSafeInteger(jsonBytes) ? (ALIGNMENT - (jsonBytes % ALIGNMENT)) % ALIGNMENT : 0;
}

/** One array of several, without holding up the event loop. @param start bytes that are left free before it */
async function joined(chunks: readonly Uint8Array[], byteLength: number, start: number): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafe(start + byteLength);
  let [at, pausedAt] = [start, 0];
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
    if (at - pausedAt < BYTES_PER_TURN) continue;
    pausedAt = at;
    await turnEnd();
  }
  return whole.subarray(start);
}

/** What is known of a body before it has arrived. */
export interface BodyFacts {
  readonly maxBytes: number;
  /** What Content-Length says; NaN: nothing. */
  readonly contentLength: number;
  /** How much of it is JSON, as the client says; NaN: nothing. */
  readonly jsonBytes: number;
}

/** Gives the bytes of a body. */
export interface Payload extends Readable {
  /** Of what decompresses: how many bytes it has read. */
  readonly encodedBytes?: () => number;
}

/** The bytes of a body that has arrived, not copied where it came in one piece. */
function whole(chunks: readonly Uint8Array[], byteLength: number, start: number): Uint8Array | Promise<Uint8Array> {
  const [first] = chunks;
  const isAligned = first !== undefined && (first.byteOffset - start) % ALIGNMENT === 0;
  return chunks.length === 1 && isAligned ? first : joined(chunks, byteLength, start);
}

function tooLarge(limit: number): RelayError {
  return new RelayError("BODY_TOO_LARGE", { limit });
}

/** Reads a body. @throws RelayError BODY_TOO_LARGE, REQUEST_INVALID, as soon as it is known */
export function readBody(payload: Payload, { maxBytes, contentLength, jsonBytes }: BodyFacts): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    const fail = (error: Error): void => {
      payload.off("data", take);
      reject(error instanceof RelayError ? error : invalid(error.message, { cause: error }));
    };
    const take = (chunk: Uint8Array): void => {
      byteLength += chunk.byteLength;
      if (Math.max(byteLength, payload.encodedBytes?.() ?? 0) > maxBytes) fail(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    const end = (): void => {
      const received = payload.encodedBytes?.() ?? byteLength;
      const isWhole = Number.isNaN(contentLength) || received === contentLength;
      if (isWhole) resolve(whole(chunks, byteLength, startFor(jsonBytes)));
      else fail(invalid(`the body has ${received} bytes; Content-Length says ${contentLength}`));
    };
    if (contentLength > maxBytes) fail(tooLarge(maxBytes));
    else payload.on("data", take).on("end", end).on("error", fail);
  });
}

export function bodyFacts({ headers }: IncomingMessage, maxBytes: number): BodyFacts {
  const number = (name: string): number => Number(headers[name] ?? Number.NaN);
  const jsonBytes = number("inference-header-content-length");
  return { maxBytes, contentLength: number("content-length"), jsonBytes };
}
