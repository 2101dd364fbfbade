import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { RelayError } from "../../core/index.ts";
import { systemCode } from "../../util/index.ts";
import { type Findings, type FoundModel, joinFindings } from "./found-model.ts";
import { FIRST_VERSION, locateVersion, modelNameOf, unreadable } from "./model-file.ts";
import { scanModelFolder } from "./scan-model-folder.ts";

/** A path where models are. */
export interface RepositoryLocation {
  /** A file; or a folder of models. */
  readonly path: string;
  /** Of the one model that is at the path: its file, or its folder. */
  readonly name?: string;
}

const NOTHING: Findings = { models: [], watchPoints: [] };

async function isFolder(location: string): Promise<boolean> {
  return (await stat(location)).isDirectory();
}

async function scanFile(file: string, name: string): Promise<Findings> {
  const { version, watchPoints } = await locateVersion(FIRST_VERSION, file);
  return { models: version ? [{ name, place: path.basename(file), versions: [version] }] : [], watchPoints };
}

/** A model whose folder cannot be looked into. */
function closedFolder(folder: string, name: string, error: unknown): Findings {
  const problem = unreadable(path.basename(folder), error);
  const version = { version: FIRST_VERSION, file: folder, identity: problem.message, problem };
  return { models: [{ name, place: path.basename(folder), versions: [version] }], watchPoints: [] };
}

async function scanFolder(folder: string, name: string): Promise<Findings> {
  try {
    return await scanModelFolder(folder, name, false);
  } catch (error) {
    return systemCode(error) === "ENOENT" ? NOTHING : closedFolder(folder, name, error);
  }
}

/** An entry of a folder of models. */
async function scanEntry(folder: string, entry: string, only: string | undefined): Promise<Findings> {
  const found = path.join(folder, entry);
  const isDirectory = await isFolder(found).catch(() => false);
  const name = isDirectory ? entry : modelNameOf(entry);
  if (name === undefined || (only !== undefined && name !== only)) return NOTHING;
  return isDirectory ? scanFolder(found, name) : scanFile(found, name);
}

async function scanModels(folder: string, only: string | undefined): Promise<Findings> {
  const entries = (await readdir(folder)).filter((entry) => !entry.startsWith(".")).sort();
  const parts = await Promise.all(entries.map((entry) => scanEntry(folder, entry, only)));
  return joinFindings([{ models: [], watchPoints: [{ folder }] }, ...parts]);
}

function scanNamed(location: string, isDirectory: boolean, name: string): Promise<Findings> {
  return isDirectory ? scanModelFolder(location, name, true) : scanFile(location, name);
}

async function scanPath({ path: given, name }: RepositoryLocation, only: string | undefined): Promise<Findings> {
  const isDirectory = await isFolder(given);
  if (isDirectory && name === undefined) return scanModels(given, only);
  const ownName = name ?? path.basename(given, path.extname(given));
  return only === undefined || only === ownName ? scanNamed(given, isDirectory, ownName) : NOTHING;
}

/**
 * The models at a path, and where to look for changes.
 * @param only the one name that is wanted
 * @throws RelayError FILE_UNREADABLE
 */
async function scanLocation(location: RepositoryLocation, only: string | undefined): Promise<Findings> {
  const place = { folder: path.dirname(location.path), entry: path.basename(location.path) };
  try {
    return joinFindings([{ models: [], watchPoints: [place] }, await scanPath(location, only)]);
  } catch (error) {
    throw error instanceof RelayError ? error : unreadable(location.path, error);
  }
}

/** A model that is there more than once is there, but not fit to be served. */
function joinModels(models: readonly FoundModel[]): ReadonlyMap<string, FoundModel> {
  const byName = new Map<string, FoundModel>();
  for (const model of models) {
    const other = byName.get(model.name);
    const place = other ? `${other.place} and ${model.place}` : model.place;
    const problem = new RelayError("REPOSITORY_INVALID", { model: model.name, problem: `it is in ${place}` });
    byName.set(model.name, other ? { ...other, place, problem } : model);
  }
  return byName;
}

/** What a scan of all locations has found. */
export interface RepositoryScan extends Pick<Findings, "watchPoints"> {
  readonly models: ReadonlyMap<string, FoundModel>;
  /** Locations that could not be looked into; nothing is known of the models there. */
  readonly failures: readonly RelayError[];
}

/**
 * Looks for models.
 *
 * A location may be a file `NAME.pt2` or `NAME.onnx`; a folder with such files and folders `NAME/VERSION/model.pt2`, or
 * `model.onnx`, each with a `config.json` if need be; or, when the location has a name, such a folder of one model.
 * Entries whose names begin with a dot are hidden; symbolic links are followed.
 * @param only the one name that is wanted; it is compared with what is there, and makes no path
 */
export async function scanRepository(locations: readonly RepositoryLocation[], only?: string): Promise<RepositoryScan> {
  const results = await Promise.allSettled(locations.map((location) => scanLocation(location, only)));
  const found = joinFindings(results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])));
  return {
    models: joinModels(found.models),
    watchPoints: found.watchPoints,
    failures: results.flatMap((result) => (result.status === "rejected" ? (result.reason as RelayError) : [])),
  };
}
