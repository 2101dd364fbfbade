import { once } from "node:events";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { RelayError } from "../../core/index.ts";
import { grpcFailure } from "./failure.ts";

/** Gives the bytes of the answer to those of a message; fails only where the stream as a whole has to. */
export type AnswerBytes = (bytes: Buffer, signal: AbortSignal) => Promise<Buffer>;

export interface StreamLimits {
  /** Messages that are worked on at a time. */
  readonly maxInFlight: number;
  /** Bytes of them together, unless a single one has more. */
  readonly maxBytes: number;
}

/**
 * Answers each message of a stream as soon as its answer is there. Reads no more of them than it may work on, and
 * counts those whose answers the client has not taken yet.
 */
export class AnsweredStream {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #answer: AnswerBytes;
  readonly #limits: StreamLimits;
  readonly #cancelled: AbortSignal;
  #inFlight = 0;
  #bytes = 0;
  #state: "open" | "half-closed" | "draining" | "ended" = "open";
  #room: Promise<unknown> | undefined;

  constructor(
    call: ServerDuplexStream<Buffer, Buffer>,
    cancelled: AbortSignal,
    answer: AnswerBytes,
    limits: StreamLimits,
  ) {
    this.#call = call;
    this.#cancelled = cancelled;
    this.#answer = answer;
    this.#limits = limits;
  }

  start(): void {
    this.#call.on("data", (bytes: Buffer) => void this.#take(bytes));
    this.#call.once("end", () => {
      if (this.#state === "open") this.#state = "half-closed";
      this.#settle();
    });
  }

  /** Takes no more messages, and ends when those taken have been answered. */
  drain(): void {
    if (this.#state === "open") this.#state = "draining";
    this.#call.pause();
    this.#settle();
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#add(1, bytes.length);
    try {
      const answer = await this.#answer(bytes, this.#cancelled);
      if (!this.#cancelled.aborted && this.#state !== "ended") await this.#write(answer);
    } catch (error) {
      this.#fail(error);
    }
    this.#add(-1, -bytes.length);
    this.#settle();
  }

  #add(count: number, bytes: number): void {
    this.#inFlight += count;
    this.#bytes += bytes;
    const { maxInFlight, maxBytes } = this.#limits;
    const isFull = this.#inFlight >= maxInFlight || this.#bytes >= maxBytes;
    if (isFull) this.#call.pause();
    else if (this.#state === "open") this.#call.resume();
  }

  /** Resolves when the client has taken enough for more to be written. */
  async #write(answer: Buffer): Promise<void> {
    if (this.#call.write(answer)) return;
    this.#room ??= once(this.#call, "drain", { signal: this.#cancelled })
      .catch(() => {})
      .finally(() => {
        this.#room = undefined;
      });
    await this.#room;
  }

  #settle(): void {
    if (this.#inFlight > 0 || this.#cancelled.aborted) return;
    if (this.#state === "half-closed") this.#end();
    else if (this.#state === "draining") this.#fail(new RelayError("SERVER_CLOSING", {}));
  }

  #end(): void {
    this.#state = "ended";
    this.#call.end();
  }

  #fail(error: unknown): void {
    if (this.#state === "ended" || this.#cancelled.aborted) return;
    this.#state = "ended";
    this.#call.emit("error", grpcFailure(error));
  }
}
