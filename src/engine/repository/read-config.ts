import { type JsonObject, type JsonValue, parseJson, schemaCheck } from "../../container/index.ts";
import { LIMITS, RelayError } from "../../core/index.ts";
import type { ModelOptions } from "../options.ts";
import { MODEL_CONFIG_SCHEMA } from "./config-schema.ts";
import { DEFAULT_CONFIG, type ModelConfig } from "./model-config.ts";
import { LATEST } from "./version-policy.ts";

/** What the schema allows. */
type ConfigJson = ModelOptions & Partial<Pick<ModelConfig, "versionPolicy" | "labels">>;

const check = schemaCheck(MODEL_CONFIG_SCHEMA);

function configInvalid(file: string, problem: string, cause?: unknown): RelayError {
  return new RelayError("CONFIG_INVALID", { file, problem }, { cause });
}

function parse(text: string, file: string): JsonValue {
  try {
    return parseJson(Buffer.from(text), file, { duplicateKeys: "refuse" });
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== "FILE_CORRUPT") throw error;
    throw configInvalid(file, String(error.details["problem"]), error);
  }
}

/** @throws RelayError LIMIT_EXCEEDED */
export function requireConfigSize(bytes: number, file: string): void {
  const allowed = LIMITS.modelConfigBytes;
  if (bytes <= allowed) return;
  throw new RelayError("LIMIT_EXCEEDED", { file, what: "its size", given: bytes, limit: "modelConfigBytes", allowed });
}

/**
 * Reads the text of a `config.json`. @param file what messages call it
 * @throws RelayError CONFIG_INVALID, LIMIT_EXCEEDED
 */
export function readConfig(text: string, file: string): ModelConfig {
  requireConfigSize(Buffer.byteLength(text), file);
  const value = parse(text, file);
  const problem = check(value, "the configuration");
  if (problem !== undefined) throw configInvalid(file, problem);
  const { versionPolicy = LATEST, labels = DEFAULT_CONFIG.labels, ...options } = value as JsonObject & ConfigJson;
  return { options, versionPolicy, labels };
}
