import type { JsonObject } from "../../container/index.ts";
import { type Answer, jsonAnswer } from "../answer.ts";
import { bodyParser } from "../body-parser.ts";
import type { Call } from "../call.ts";
import type { Route } from "../route.ts";
import { MODEL_LOAD_REQUEST, MODEL_UNLOAD_REQUEST, REPOSITORY_INDEX, REPOSITORY_INDEX_REQUEST } from "../schemas.ts";
import type { Site } from "../site.ts";

const readIndexRequest = bodyParser<{ readonly ready?: boolean }>(REPOSITORY_INDEX_REQUEST);
const readLoadRequest = bodyParser<{ readonly parameters?: JsonObject }>(MODEL_LOAD_REQUEST);
const readUnloadRequest = bodyParser<unknown>(MODEL_UNLOAD_REQUEST);

const NO_BODY: Uint8Array = new TextEncoder().encode("{}");

/** The body, which may be missing. */
function bodyOf({ body }: Call): Uint8Array {
  return body.length > 0 ? body : NO_BODY;
}

const DONE: Answer = { headers: {}, body: "" };

async function index({ repository }: Site, call: Call): Promise<Answer> {
  const { ready = false } = readIndexRequest(bodyOf(call));
  return jsonAnswer(await repository.index({ ready }));
}

async function load({ repository }: Site, call: Call): Promise<Answer> {
  const { parameters = {} } = readLoadRequest(bodyOf(call));
  await repository.load(call.params["model"] ?? "", parameters);
  return DONE;
}

async function unload({ repository }: Site, call: Call): Promise<Answer> {
  readUnloadRequest(bodyOf(call));
  await repository.unload(call.params["model"] ?? "");
  return DONE;
}

export const REPOSITORY_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v2/repository/index",
    operation: {
      id: "repositoryIndex",
      summary: "The models of the repository, served or not",
      tag: "repository",
      body: REPOSITORY_INDEX_REQUEST,
      isBodyOptional: true,
      answers: { 200: { description: "Versions and their states", schema: REPOSITORY_INDEX } },
    },
    answer: index,
  },
  {
    method: "POST",
    path: "/v2/repository/models/:model/load",
    operation: {
      id: "loadModel",
      summary: "Loads a model, or what has changed of it",
      tag: "repository",
      body: MODEL_LOAD_REQUEST,
      isBodyOptional: true,
      answers: { 200: { description: "It takes requests" } },
    },
    answer: load,
  },
  {
    method: "POST",
    path: "/v2/repository/models/:model/unload",
    operation: {
      id: "unloadModel",
      summary: "Takes a model out of service",
      tag: "repository",
      body: MODEL_UNLOAD_REQUEST,
      isBodyOptional: true,
      answers: { 200: { description: "It takes no more requests" } },
    },
    answer: unload,
  },
];
