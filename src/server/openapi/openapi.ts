import type { JsonSchema } from "../../container/index.ts";
import { HEADER_LENGTH } from "../infer-response.ts";
import { type AnswerDescription, isOpen, type Operation, type Route } from "../route.ts";
import { Components } from "./components.ts";
import type { ApiContent, ApiDocument, ApiOperation, ApiResponse } from "./document.ts";
import { failuresOf } from "./failures.ts";
import { JSON_LENGTH, parametersOf } from "./parameters.ts";

const DESCRIPTION = `Inference on PyTorch models by the Open Inference Protocol, version 2.
Failures of every route are JSON with a text and a stable code, or the text alone for clients that accept no JSON.`;

const TAGS: Readonly<Record<Operation["tag"], string>> = {
  inference: "Running models.",
  models: "What models are and have done.",
  health: "Whether requests are taken; the status is the answer.",
  repository: "Loading and unloading models, where the server lets its clients.",
  server: "The server itself.",
};

const SECURITY_SCHEMES: Readonly<Record<string, object>> = {
  bearer: { type: "http", scheme: "bearer", description: "An API key, where the server asks for one." },
  apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "The same in a header of its own." },
};

/** `/v2/models/{model}` of `/v2/models/:model`, `{model}:predict` of `:model(^.+:predict$)`. */
function documentedPath(path: string): string {
  return path.replace(/:(\w+)(?:\(\^\.\+(.+)\$\))?/g, "{$1}$2");
}

class Describer {
  readonly components = new Components();

  #content(schema: JsonSchema, { hasBinaryData }: Operation): ApiContent {
    return {
      "application/json": { schema: this.components.refer(schema) },
      ...(hasBinaryData && { "application/octet-stream": {} }),
    };
  }

  #answer({ description, schema, mediaType }: AnswerDescription, operation: Operation): ApiResponse {
    const content = mediaType === undefined ? schema && this.#content(schema, operation) : { [mediaType]: {} };
    const headers = operation.hasBinaryData && { [HEADER_LENGTH]: JSON_LENGTH };
    return { description, ...(headers && { headers }), ...(content && { content }) };
  }

  operation(route: Route): ApiOperation {
    const { operation } = route;
    const { id, summary, tag, body, answers } = operation;
    const described = Object.entries(answers).map(([status, answer]) => [status, this.#answer(answer, operation)]);
    return {
      operationId: id,
      summary,
      tags: [tag],
      ...(isOpen(route) && { security: [] }),
      parameters: parametersOf(route),
      ...(body && { requestBody: { required: !operation.isBodyOptional, content: this.#content(body, operation) } }),
      responses: { ...failuresOf(route, this.components), ...Object.fromEntries(described) },
    };
  }
}

/** The API's description: an OpenAPI 3.1 document of the routes. */
export function openApi(routes: readonly Route[], version: string): ApiDocument {
  const describer = new Describer();
  const paths: Record<string, Record<string, ApiOperation>> = {};
  for (const route of routes) {
    const path = documentedPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describer.operation(route) };
  }
  return {
    openapi: "3.1.1",
    info: { title: "torchrelay", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS)
      .filter(([name]) => routes.some(({ operation }) => operation.tag === name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: describer.components.schemas, securitySchemes: SECURITY_SCHEMES },
    security: [{}, { bearer: [] }, { apiKey: [] }],
  };
}
