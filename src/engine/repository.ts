import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { RelayError } from "../core/index.ts";

/** A model file, and the name and version to serve it under. */
export interface ModelLocation {
  readonly name: string;
  readonly version: string;
  readonly file: string;
}

const MODEL_FILE = "model.pt2";
const EXTENSION = ".pt2";
const FIRST_VERSION = "1";

function unreadable(file: string, reason: string, cause?: unknown): RelayError {
  return new RelayError("FILE_UNREADABLE", { file, reason }, { cause });
}

function isFolder(location: string): boolean {
  try {
    return statSync(location).isDirectory();
  } catch (error) {
    throw unreadable(location, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}

/** The entries of a folder, sorted; those whose names begin with a dot are hidden. */
function visible(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((entry) => !entry.startsWith("."))
      .sort();
  } catch (error) {
    throw unreadable(folder, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}

function fromFile(file: string): ModelLocation {
  return { name: path.basename(file, path.extname(file)), version: FIRST_VERSION, file };
}

/** The highest of the versions `folder/VERSION/model.pt2`. */
function highestVersion(folder: string): ModelLocation | undefined {
  const versions = visible(folder)
    .filter((entry) => /^\d{1,15}$/.test(entry) && existsSync(path.join(folder, entry, MODEL_FILE)))
    .sort((a, b) => Number(b) - Number(a));
  const [version] = versions;
  if (version === undefined) return undefined;
  return { name: path.basename(folder), version, file: path.join(folder, version, MODEL_FILE) };
}

/**
 * The models at a path: a file is one, under its own name. A folder is a model repository, with `NAME.pt2`, and
 * `NAME/VERSION/model.pt2`, of which the highest version counts.
 * @throws RelayError FILE_UNREADABLE
 */
export function findModels(location: string): readonly ModelLocation[] {
  if (!isFolder(location)) return [fromFile(location)];
  const models = visible(location).flatMap((entry) => {
    const found = path.join(location, entry);
    if (!isFolder(found)) return entry.endsWith(EXTENSION) ? [fromFile(found)] : [];
    return highestVersion(found) ?? [];
  });
  if (models.length > 0) return models;
  throw unreadable(location, `it holds no NAME${EXTENSION} and no NAME/VERSION/${MODEL_FILE}`);
}
