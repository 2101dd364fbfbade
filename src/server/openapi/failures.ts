import { ERRORS, type ErrorCode } from "../../core/index.ts";
import { ERROR_CODE_HEADER } from "../error-answer.ts";
import { isOpen, type Operation, type Route } from "../route.ts";
import { ERROR, STRING } from "../schemas.ts";
import type { Components } from "./components.ts";
import type { ApiHeader, ApiResponse } from "./document.ts";

const OF_BODIES: readonly ErrorCode[] = ["REQUEST_INVALID", "LIMIT_EXCEEDED", "BODY_TOO_LARGE", "BODY_UNSUPPORTED"];

const OF_MODELS: readonly ErrorCode[] = ["MODEL_UNKNOWN", "MODEL_FORBIDDEN"];

const OF_KEYS: readonly ErrorCode[] = ["KEY_REQUIRED", "KEY_UNKNOWN"];

const OF_TAGS: Readonly<Partial<Record<Operation["tag"], readonly ErrorCode[]>>> = {
  models: ["MODEL_NOT_READY"],
  inference: [
    "INPUT_NAME",
    "INPUT_DTYPE",
    "INPUT_SHAPE",
    "INPUT_VALUE",
    "OUTPUT_NAME",
    "QUEUE_FULL",
    "SERVER_BUSY",
    "CANCELLED",
    "RUN_FAILED",
    "MODEL_NOT_READY",
    "MODEL_CLOSED",
    "WORKER_DIED",
    "DEADLINE_EXCEEDED",
  ],
  repository: [
    "REPOSITORY_OFF",
    "REPOSITORY_FORBIDDEN",
    "CONFIG_INVALID",
    "REPOSITORY_INVALID",
    "FORMAT_UNKNOWN",
    "FILE_CORRUPT",
    "MODEL_UNSUPPORTED",
    "OPERATORS_UNSUPPORTED",
  ],
};

const CODE: ApiHeader = { description: "The code of the error.", schema: STRING };

const RETRY_AFTER: ApiHeader = {
  description: "Seconds after which a retry makes sense.",
  schema: { type: "integer", minimum: 0 },
};

/** The codes that clients of a route are to expect. */
function codesOf(route: Route): readonly ErrorCode[] {
  const { method, path, operation } = route;
  return [
    ...(isOpen(route) ? [] : OF_KEYS),
    ...(path.includes(":model") ? OF_MODELS : []),
    ...(method === "POST" ? OF_BODIES : []),
    ...(OF_TAGS[operation.tag] ?? []),
  ];
}

function response(description: string, components: Components, headers: Readonly<Record<string, ApiHeader>> = {}) {
  const content = { "application/json": { schema: components.refer(ERROR) }, "text/plain": { schema: STRING } };
  return { description, headers: { [ERROR_CODE_HEADER]: CODE, ...headers }, content };
}

/** The failures of a route by status; `default` stands for those of any. */
export function failuresOf(route: Route, components: Components): Readonly<Record<string, ApiResponse>> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(route))
    byStatus.set(ERRORS[code].http, [...(byStatus.get(ERRORS[code].http) ?? []), code]);
  const listed = [...byStatus].map(([status, codes]): [string, ApiResponse] => {
    return [
      String(status),
      response(codes.join(", "), components, status === 429 ? { "retry-after": RETRY_AFTER } : {}),
    ];
  });
  return { ...Object.fromEntries(listed), default: response("Any other failure", components) };
}
