import { once } from "node:events";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { RelayError } from "../../core/index.ts";

/** Gives the bytes of the answer to those of a message; fails only where the stream as a whole has to. */
export type AnswerBytes = (bytes: Buffer) => Promise<Buffer>;

export interface StreamLimits {
  /** Messages that are worked on at a time. */
  readonly maxInFlight: number;
  /** Bytes of them together, unless a single one has more. */
  readonly maxBytes: number;
}

/** What a stream is made of. */
export interface StreamParts {
  readonly call: ServerDuplexStream<Buffer, Buffer>;
  /** Aborted when the client does not want answers any more. */
  readonly cancelled: AbortSignal;
  readonly answer: AnswerBytes;
  readonly limits: StreamLimits;
  /** Ends the call; told once. @param error undefined: all has been answered */
  readonly end: (error: unknown) => void;
}

/**
 * Answers each message of a stream as soon as its answer is there. Reads no more of them than it may work on, and
 * counts those whose answers the client has not taken yet.
 */
export class AnsweredStream {
  readonly #parts: StreamParts;
  #inFlight = 0;
  #bytesInFlight = 0;
  #state: "open" | "half-closed" | "draining" | "ended" = "open";
  #room: Promise<unknown> | undefined;
  /** Of all messages that were taken, and of all answers. */
  bytesIn = 0;
  bytesOut = 0;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  start(): void {
    const { call, cancelled } = this.#parts;
    call.on("data", (bytes: Buffer) => void this.#take(bytes));
    call.once("end", () => {
      if (this.#state === "open") this.#state = "half-closed";
      this.#settle();
    });
    cancelled.addEventListener("abort", () =>
      this.#end(new RelayError("CANCELLED", { reason: String(cancelled.reason) })),
    );
  }

  /** Takes no more messages, and ends when those taken have been answered. */
  drain(): void {
    if (this.#state === "open") this.#state = "draining";
    this.#parts.call.pause();
    this.#settle();
  }

  async #take(bytes: Buffer): Promise<void> {
    this.bytesIn += bytes.length;
    this.#add(1, bytes.length);
    try {
      const answer = await this.#parts.answer(bytes);
      if (this.#state !== "ended") await this.#write(answer);
    } catch (error) {
      this.#end(error);
    }
    this.#add(-1, -bytes.length);
    this.#settle();
  }

  #add(count: number, bytes: number): void {
    const { call, limits } = this.#parts;
    this.#inFlight += count;
    this.#bytesInFlight += bytes;
    const isFull = this.#inFlight >= limits.maxInFlight || this.#bytesInFlight >= limits.maxBytes;
    if (isFull) call.pause();
    else if (this.#state === "open") call.resume();
  }

  /** Resolves when the client has taken enough for more to be written. */
  async #write(answer: Buffer): Promise<void> {
    const { call, cancelled } = this.#parts;
    this.bytesOut += answer.length;
    if (call.write(answer)) return;
    this.#room ??= once(call, "drain", { signal: cancelled })
      .catch(() => {})
      .finally(() => {
        this.#room = undefined;
      });
    await this.#room;
  }

  #settle(): void {
    if (this.#inFlight > 0) return;
    if (this.#state === "half-closed") this.#end(undefined);
    else if (this.#state === "draining") this.#end(new RelayError("SERVER_CLOSING", {}));
  }

  #end(error: unknown): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#parts.end(error);
  }
}
