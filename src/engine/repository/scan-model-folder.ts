import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { RelayError } from "../../core/index.ts";
import { systemCode } from "../../util/index.ts";
import type { Findings, FoundModel } from "./found-model.ts";
import { FIRST_VERSION, type LocatedVersion, locateVersion, MODEL_FILES, unreadable } from "./model-file.ts";
import { requireConfigSize } from "./read-config.ts";

const CONFIG_FILE = "config.json";

/** A whole number without leading zeros, so that no two names are one number. */
const VERSION = /^(?:0|[1-9]\d{0,14})$/;

/** What is not there, or has just gone. */
const ABSENT: readonly string[] = ["ENOENT", "ENOTDIR"];

function ambiguous(model: string, problem: string): RelayError {
  return new RelayError("REPOSITORY_INVALID", { model, problem });
}

function refusedVersion(version: string, file: string, problem: RelayError): LocatedVersion {
  return { version: { version, file, identity: problem.message, problem }, watchPoints: [] };
}

/** The version whose file lies in a folder; undefined when none does. */
async function versionIn(
  folder: string,
  entries: readonly string[],
  name: string,
  version: string,
): Promise<LocatedVersion | undefined> {
  const [file, second] = MODEL_FILES.filter((candidate) => entries.includes(candidate));
  if (file === undefined) return undefined;
  if (second === undefined) return locateVersion(version, path.join(folder, file));
  const problem = `version ${version} has ${file} and ${second}`;
  return refusedVersion(version, folder, ambiguous(name, problem));
}

async function scanVersion(folder: string, name: string, version: string): Promise<LocatedVersion> {
  try {
    const located = await versionIn(folder, await readdir(folder), name, version);
    return { ...located, watchPoints: [{ folder }, ...(located?.watchPoints ?? [])] };
  } catch (error) {
    if (ABSENT.includes(systemCode(error))) return { watchPoints: [] };
    return refusedVersion(version, folder, unreadable(path.basename(folder), error));
  }
}

type Config = Pick<FoundModel, "configText" | "problem">;

async function readConfigText(folder: string, name: string): Promise<Config> {
  const file = path.join(folder, CONFIG_FILE);
  const label = `${CONFIG_FILE} of model ${name}`;
  try {
    requireConfigSize((await stat(file)).size, label);
    return { configText: await readFile(file, "utf8") };
  } catch (error) {
    return { problem: error instanceof RelayError ? error : unreadable(label, error) };
  }
}

/** The folder itself as the folder of a version. */
async function ownVersion(folder: string, entries: readonly string[], name: string): Promise<LocatedVersion[]> {
  const own = await versionIn(folder, entries, name, FIRST_VERSION);
  return own ? [own] : [];
}

/**
 * The folder of a model: `VERSION/model.pt2` or `VERSION/model.onnx`, and perhaps `config.json`.
 * @param mayHoldFile whether it may be the folder of a version itself
 */
export async function scanModelFolder(folder: string, name: string, mayHoldFile: boolean): Promise<Findings> {
  const entries = await readdir(folder);
  const numbered = entries.filter((entry) => VERSION.test(entry));
  const scans = await Promise.all(numbered.map((version) => scanVersion(path.join(folder, version), name, version)));
  const own = mayHoldFile ? await ownVersion(folder, entries, name) : [];
  const inFolders = scans.flatMap(({ version }) => version ?? []);
  const versions = inFolders.length > 0 ? inFolders : own.flatMap(({ version }) => version ?? []);
  const watchPoints = [{ folder }, ...[...scans, ...own].flatMap((scan) => scan.watchPoints)];
  if (versions.length === 0) return { models: [], watchPoints };
  const config = entries.includes(CONFIG_FILE) ? await readConfigText(folder, name) : {};
  const isTwofold = own.length > 0 && inFolders.length > 0;
  const problem = isTwofold && { problem: ambiguous(name, "it has a file of its own and folders of versions") };
  return { models: [{ name, place: path.basename(folder), versions, ...config, ...problem }], watchPoints };
}
