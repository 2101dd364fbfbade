import { accessSync, constants, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { RelayError } from "../core/index.ts";

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
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
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

/** Writes a file wholly or not at all: it appears under its name once it is complete. @throws RelayError FILE_UNWRITABLE */
export function writeWhole(file: string, content: Uint8Array | string): void {
  requireWritable(file);
  const target = existing(file) ? realpathSync(file) : file;
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  try {
    writeFileSync(draft, content, { flag: "wx" });
    renameSync(draft, target);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw unwritable(file, cause);
  }
}
