import { type JsonObject, type JsonSchema, schemaCheck } from "../../container/index.ts";
import { type Answer, jsonAnswer } from "../answer.ts";
import type { Call } from "../call.ts";
import { invalid } from "../invalid.ts";
import { parseRequest } from "../request-json.ts";
import type { Operation, Route } from "../route.ts";
import { BOOLEAN, object, STRING } from "../schemas.ts";
import type { Site } from "../site.ts";

const PARAMETERS: JsonSchema = { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } };
const INDEX_BODY: JsonSchema = object({ ready: BOOLEAN }, []);
const MODEL_BODY: JsonSchema = object({ parameters: PARAMETERS }, []);

const INDEX: JsonSchema = {
  type: "array",
  items: object(
    {
      name: STRING,
      version: STRING,
      state: { enum: ["READY", "LOADING", "UNLOADING", "UNAVAILABLE"] },
      reason: STRING,
    },
    ["name", "version", "state", "reason"],
  ),
};

const checkIndexBody = schemaCheck(INDEX_BODY);
const checkModelBody = schemaCheck(MODEL_BODY);

/** A body that may be missing. @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED */
function bodyOf({ body }: Call, check: typeof checkIndexBody): JsonObject {
  if (body.length === 0) return {};
  const value = parseRequest(body);
  const problem = check(value, "the body");
  if (problem !== undefined) throw invalid(problem);
  return value as JsonObject;
}

const DONE: Answer = { headers: {}, body: "" };

async function index({ repository }: Site, call: Call): Promise<Answer> {
  const { ready } = bodyOf(call, checkIndexBody);
  return jsonAnswer(await repository.index({ ready: ready === true }));
}

async function load({ repository }: Site, call: Call): Promise<Answer> {
  const { parameters = {} } = bodyOf(call, checkModelBody);
  await repository.load(call.params["model"] ?? "", parameters as JsonObject);
  return DONE;
}

async function unload({ repository }: Site, call: Call): Promise<Answer> {
  bodyOf(call, checkModelBody);
  await repository.unload(call.params["model"] ?? "");
  return DONE;
}

function ofModel(id: string, summary: string, description: string): Operation {
  return { id, summary, tag: "repository", body: MODEL_BODY, answers: { 200: { description } } };
}

const ROOT = "/v2/repository";

export const REPOSITORY_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: `${ROOT}/index`,
    operation: {
      id: "repositoryIndex",
      summary: "The models of the repository, served or not",
      tag: "repository",
      body: INDEX_BODY,
      answers: { 200: { description: "Versions and their states", schema: INDEX } },
    },
    answer: index,
  },
  {
    method: "POST",
    path: `${ROOT}/models/:model/load`,
    operation: ofModel("loadModel", "Loads a model, or what has changed of it", "It takes requests"),
    answer: load,
  },
  {
    method: "POST",
    path: `${ROOT}/models/:model/unload`,
    operation: ofModel("unloadModel", "Takes a model out of service", "It takes no more requests"),
    answer: unload,
  },
];
