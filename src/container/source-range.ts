import type { Storage } from "../core/index.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

/** A range of another source, such as an archive stored inside an archive. It does not own that source: `close` does nothing. */
export class SourceRange implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #start: number;

  constructor(source: ByteSource, start: number, size: number, name: string) {
    checkRange(source, start, size);
    this.name = name;
    this.size = size;
    this.#source = source;
    this.#start = start;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this, offset, length);
    return this.#source.read(this.#start + offset, length);
  }

  storage(offset: number, length: number): Storage {
    checkRange(this, offset, length);
    return this.#source.storage(this.#start + offset, length);
  }

  close(): void {}
}
