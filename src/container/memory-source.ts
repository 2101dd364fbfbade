import type { Storage } from "../core/index.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

/** Bytes in memory, possibly shared; every read and storage is a view of them. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name: string) {
    this.name = name;
    // A plain Uint8Array, for `slice` of a Buffer does not copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.#bytes.byteLength;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this, offset, length);
    return this.#bytes.subarray(offset, offset + length);
  }

  storage(offset: number, length: number): Storage {
    return { kind: "memory", bytes: this.read(offset, length) };
  }

  close(): void {}
}
