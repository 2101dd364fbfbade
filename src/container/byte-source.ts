import { RelayError, type Storage } from "../core/index.ts";

/** The bytes of a model, wherever they lie. Offsets and lengths in bytes; every range is checked. */
export interface ByteSource {
  /** What messages call it: the base name of the file. */
  readonly name: string;
  readonly size: number;
  /** The bytes of a range: a view where the bytes are in memory, else a copy. The caller must not change them. */
  read(offset: number, length: number): Uint8Array;
  /** The range as a storage; nothing is read. */
  storage(offset: number, length: number): Storage;
  close(): void;
}

/** @throws RelayError FILE_CORRUPT when the range is not inside the source. */
export function checkRange(source: ByteSource, offset: number, length: number): void {
  const isInside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= source.size;
  if (isInside) return;
  throw new RelayError("FILE_CORRUPT", {
    file: source.name,
    problem: `${length} bytes at offset ${offset} are wanted, but there are only ${source.size}`,
  });
}
