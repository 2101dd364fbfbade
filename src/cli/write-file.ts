import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { RelayError } from "../core/index.ts";
import { systemCode } from "../util/index.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "there is no such folder",
  ENOTDIR: "there is no such folder",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the system allows",
};

/** The public form of what went wrong while `file` was written. */
export function unwritable(file: string, cause: unknown): RelayError {
  if (cause instanceof RelayError) return cause;
  const reason = REASONS[systemCode(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
  return new RelayError("FILE_UNWRITABLE", { file, reason }, { cause });
}

function existing(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

/** Tells before long work whether its result could be written. @throws RelayError FILE_UNWRITABLE */
export function requireWritable(file: string): void {
  try {
    if (existing(file)?.isFile() === false) {
      throw new RelayError("FILE_UNWRITABLE", { file, reason: "it is a folder or a device, not a file" });
    }
    accessSync(path.dirname(file), constants.W_OK);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** What is to be in a file; `parts` are taken one at a time. */
export interface Content {
  readonly file: string;
  readonly parts: Iterable<Uint8Array | string>;
}

/** A file under a name of its own until it is complete. */
class Draft {
  readonly #file: string;
  readonly #target: string;
  readonly #draft: string;

  constructor(file: string) {
    requireWritable(file);
    this.#file = file;
    this.#target = existing(file) ? realpathSync(file) : file;
    this.#draft = path.join(path.dirname(this.#target), `.${path.basename(this.#target)}.${process.pid}.tmp`);
  }

  write(parts: Content["parts"]): void {
    try {
      const descriptor = openSync(this.#draft, "wx");
      try {
        for (const part of parts) writeFileSync(descriptor, part);
      } finally {
        closeSync(descriptor);
      }
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
  }

  publish(): void {
    try {
      renameSync(this.#draft, this.#target);
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
  }

  discard(): void {
    rmSync(this.#draft, { force: true });
  }
}

/** Writes files that belong together: none appears under its name before all are complete. @throws RelayError FILE_UNWRITABLE */
export function writeTogether(contents: readonly Content[]): void {
  const drafts = contents.map(({ file }) => new Draft(file));
  try {
    contents.forEach(({ parts }, i) => void drafts[i]?.write(parts));
    for (const draft of drafts) draft.publish();
  } catch (error) {
    for (const draft of drafts) draft.discard();
    throw error;
  }
}

/** Writes a file wholly or not at all: it appears under its name once it is complete. @throws RelayError FILE_UNWRITABLE */
export function writeWhole(file: string, content: Uint8Array | string): void {
  writeTogether([{ file, parts: [content] }]);
}
