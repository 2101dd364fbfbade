import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { RelayError, type Storage } from "../core/index.ts";
import { unreadableReason } from "../util/index.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

/** The kernel moves at most 2 GiB in one read. */
const MAX_READ_BYTES = 2 ** 30;

function unreadable(file: string, cause: unknown): RelayError {
  if (cause instanceof RelayError) return cause;
  return new RelayError("FILE_UNREADABLE", { file, reason: unreadableReason(cause) }, { cause });
}

/** Looks before opening: to open a pipe would wait for its writer. */
function requireFile(path: string): void {
  if (statSync(path).isFile()) return;
  throw new RelayError("FILE_UNREADABLE", { file: path, reason: "it is a folder or a device, not a file" });
}

/** A file on disk, open until `close()`. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  /** Free of symbolic links: ONNX Runtime maps the file by folder and base name and refuses links that leave the folder. */
  readonly path: string;
  #fd: number | undefined;

  /** @throws RelayError FILE_UNREADABLE when `path` is not a readable regular file. */
  constructor(path: string) {
    this.name = basename(path);
    try {
      this.path = realpathSync(path);
      requireFile(this.path);
      this.#fd = openSync(this.path, "r");
      this.size = fstatSync(this.#fd).size;
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this, offset, length);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) done += this.#readInto(bytes, done, offset + done);
    return bytes;
  }

  #readInto(bytes: Uint8Array, start: number, position: number): number {
    const reason = "it was closed or became shorter while it was read";
    if (this.#fd === undefined) throw new RelayError("FILE_UNREADABLE", { file: this.name, reason });
    try {
      const count = readSync(this.#fd, bytes, start, Math.min(bytes.length - start, MAX_READ_BYTES), position);
      if (count > 0) return count;
    } catch (cause) {
      throw unreadable(this.name, cause);
    }
    throw new RelayError("FILE_UNREADABLE", { file: this.name, reason });
  }

  storage(offset: number, length: number): Storage {
    checkRange(this, offset, length);
    return { kind: "file", path: this.path, offset, byteLength: length };
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}
