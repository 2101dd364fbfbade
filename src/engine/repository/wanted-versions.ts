import { RelayError } from "../../core/index.ts";
import type { ModelOptions } from "../options.ts";
import type { FoundModel, FoundVersion } from "./found-model.ts";
import { DEFAULT_CONFIG, type ModelConfig } from "./model-config.ts";
import { readConfig } from "./read-config.ts";
import { chosenVersions } from "./version-policy.ts";

/** A version that is to be served, and how. */
export interface WantedVersion extends FoundVersion {
  readonly config: ModelConfig;
}

function configOf({ name, configText }: FoundModel): Pick<WantedVersion, "config" | "problem"> {
  if (configText === undefined) return { config: DEFAULT_CONFIG };
  try {
    return { config: readConfig(configText, `config.json of model ${name}`) };
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return { config: DEFAULT_CONFIG, problem: error };
  }
}

function missing({ name }: FoundModel, version: string): FoundVersion {
  const hint = "its version policy asks for it";
  const problem = new RelayError("MODEL_UNKNOWN", { model: `${name} version ${version}`, hint });
  return { version, file: "", identity: "missing", problem };
}

/** The versions that a policy asks for and that are not there. */
function missingVersions(found: FoundModel, { versionPolicy }: ModelConfig): readonly FoundVersion[] {
  if (!("specific" in versionPolicy)) return [];
  const present = new Set(found.versions.map(({ version }) => version));
  const asked = new Set(versionPolicy.specific.versions.map(String));
  return [...asked].filter((version) => !present.has(version)).map((version) => missing(found, version));
}

/**
 * Which versions of a model are to be served. What is wrong with the model is a problem of each.
 * @param defaults options that its configuration does not name
 */
export function wantedVersions(found: FoundModel, defaults: ModelOptions = {}): readonly WantedVersion[] {
  const { config, problem = found.problem } = configOf(found);
  const chosen = chosenVersions(
    config.versionPolicy,
    found.versions.map(({ version }) => version),
  );
  const present = found.versions.filter(({ version }) => chosen.includes(version));
  return [...present, ...missingVersions(found, config)].map((version) => ({
    ...version,
    ...(problem && { problem }),
    identity: JSON.stringify([version.identity, found.configText, problem?.message]),
    config: { ...config, options: { ...defaults, ...config.options } },
  }));
}
