import { type MessageType, many, mapOf, one, oneOf, typesOf } from "./message-type.ts";

const type = typesOf("inference");

const PARAMETER = type(
  "ModelRepositoryParameter",
  oneOf("parameter_choice", {
    bool_param: [1, "bool"],
    int64_param: [2, "int64"],
    string_param: [3, "string"],
    bytes_param: [4, "bytes"],
  }),
);

const MODEL_INDEX = type("RepositoryIndexResponse.ModelIndex", {
  name: one(1, "string"),
  version: one(2, "string"),
  state: one(3, "string"),
  reason: one(4, "string"),
});

const TARGET = {
  repository_name: one(1, "string"),
  model_name: one(2, "string"),
  parameters: mapOf(3, PARAMETER),
} as const;

export const REPOSITORY_INDEX_REQUEST: MessageType = type("RepositoryIndexRequest", {
  repository_name: one(1, "string"),
  ready: one(2, "bool"),
});

export const REPOSITORY_INDEX_RESPONSE: MessageType = type("RepositoryIndexResponse", { models: many(1, MODEL_INDEX) });

export const REPOSITORY_LOAD_REQUEST: MessageType = type("RepositoryModelLoadRequest", TARGET);
export const REPOSITORY_LOAD_RESPONSE: MessageType = type("RepositoryModelLoadResponse");
export const REPOSITORY_UNLOAD_REQUEST: MessageType = type("RepositoryModelUnloadRequest", TARGET);
export const REPOSITORY_UNLOAD_RESPONSE: MessageType = type("RepositoryModelUnloadResponse");
