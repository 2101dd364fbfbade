import { HEADER_LENGTH } from "../infer-response.ts";
import type { Operation, Route } from "../route.ts";
import { TIMEOUT_HEADER } from "../schedule.ts";
import { SIZE, STRING } from "../schemas.ts";
import type { ApiHeader, ApiParameter } from "./document.ts";

function header(name: string, { description, schema }: ApiHeader): ApiParameter {
  return { name, in: "header", description, schema };
}

const PATH: Readonly<Record<string, ApiHeader>> = {
  model: { description: "The model's name.", schema: { type: "string", pattern: "^[^/]+$" } },
  version: {
    description: "A version of it. Without: the highest that is ready.",
    schema: { type: "string", pattern: "^[0-9]{1,15}$" },
  },
};

const TIMEOUT = header(TIMEOUT_HEADER, {
  description: "Milliseconds after which the request is not wanted any more.",
  schema: { type: "number", exclusiveMinimum: 0 },
});

const ENCODING = header("content-encoding", {
  description: "How the body is compressed.",
  schema: { enum: ["identity", "gzip", "deflate"] },
});

/** Tells in a message with binary data where it begins. */
export const JSON_LENGTH: ApiHeader = {
  description: "Bytes of the body that are JSON; binary data follows. 0: all of it is the data of the one input.",
  schema: SIZE,
};

const COMMON: readonly ApiParameter[] = [
  header("x-request-id", { description: "Comes back in the answer and in logs.", schema: STRING }),
  header("traceparent", { description: "W3C trace context.", schema: STRING }),
];

function isInference({ tag }: Operation): boolean {
  return tag === "inference";
}

/** The parameters of a route: those of its path, and headers. */
export function parametersOf({ method, path, operation }: Route): readonly ApiParameter[] {
  const names = Object.keys(PATH).filter((name) => path.includes(`:${name}`));
  return [
    ...names.map((name): ApiParameter => ({ name, in: "path", required: true, ...(PATH[name] as ApiHeader) })),
    ...(isInference(operation) ? [TIMEOUT] : []),
    ...(operation.hasBinaryData ? [header(HEADER_LENGTH, JSON_LENGTH)] : []),
    ...(method === "POST" ? [ENCODING] : []),
    ...COMMON,
  ];
}
