import type { JsonSchema } from "../../container/index.ts";
import { BOOLEAN, list, named, object, parameters, STRING } from "./values.ts";

export const REPOSITORY_INDEX_REQUEST: JsonSchema = named("RepositoryIndexRequest", {
  ...object({ ready: { ...BOOLEAN, description: "Whether to list only versions that take requests." } }),
  examples: [{ ready: true }],
});

const ENTRY = named(
  "RepositoryEntry",
  object(
    {
      name: STRING,
      version: STRING,
      state: { enum: ["READY", "LOADING", "UNLOADING", "UNAVAILABLE"] },
      reason: { ...STRING, description: "Why it is not ready, or why a newer state of it does not serve; else empty." },
    },
    ["name", "version", "state", "reason"],
  ),
);

export const REPOSITORY_INDEX: JsonSchema = named("RepositoryIndex", {
  ...list(ENTRY),
  examples: [[{ name: "m", version: "1", state: "READY", reason: "" }]],
});

export const MODEL_LOAD_REQUEST: JsonSchema = named(
  "ModelLoadRequest",
  object({
    parameters: parameters({
      config: { ...STRING, description: "The model's configuration as JSON, in the place of its file." },
    }),
  }),
);

export const MODEL_UNLOAD_REQUEST: JsonSchema = named(
  "ModelUnloadRequest",
  object({ parameters: parameters({ unload_dependents: BOOLEAN }) }),
);
