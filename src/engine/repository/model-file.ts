import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { RelayError } from "../../core/index.ts";
import { systemCode, unreadableReason } from "../../util/index.ts";
import type { FoundVersion, WatchPoint } from "./found-model.ts";

const EXTENSIONS = [".pt2", ".onnx"] as const;

/** Names of the file in the folder of a version. */
export const MODEL_FILES: readonly string[] = [...EXTENSIONS, ".pt"].map((extension) => `model${extension}`);

/** The version of what lies in no folder of a version. */
export const FIRST_VERSION = "1";

/** The name of the model in `NAME.pt2` or `NAME.onnx`; undefined for other files. */
export function modelNameOf(entry: string): string | undefined {
  const extension = EXTENSIONS.find((known) => entry.endsWith(known) && entry.length > known.length);
  return extension && entry.slice(0, -extension.length);
}

export function unreadable(file: string, cause: unknown): RelayError {
  return new RelayError("FILE_UNREADABLE", { file, reason: unreadableReason(cause) }, { cause });
}

/** A version if there is one, and where to look for changes; links are followed. */
export interface LocatedVersion {
  readonly version?: FoundVersion;
  readonly watchPoints: readonly WatchPoint[];
}

export async function locateVersion(version: string, file: string): Promise<LocatedVersion> {
  try {
    const [{ size, mtimeNs, ino }, target] = await Promise.all([stat(file, { bigint: true }), realpath(file)]);
    const identity = [target, size, mtimeNs, ino].join("|");
    return {
      version: { version, file, identity },
      watchPoints: [{ folder: path.dirname(target), entry: path.basename(target) }],
    };
  } catch (error) {
    const problem = unreadable(path.basename(file), error);
    return { version: { version, file, identity: systemCode(error), problem }, watchPoints: [] };
  }
}
