import type { JsonSchema } from "../container/index.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import type { Site } from "./site.ts";

/** An answer as the API's description tells of it. */
export interface AnswerDescription {
  readonly description: string;
  /** Of a JSON body; undefined: the body is something else, or there is none. */
  readonly schema?: JsonSchema;
  /** Of bodies that are not JSON. */
  readonly mediaType?: string;
}

/** What the API's description says of a route. Bodies of requests are held to the same schemas. */
export interface Operation {
  /** Unique, in camelCase. */
  readonly id: string;
  readonly summary: string;
  readonly tag: "health" | "models" | "inference" | "repository" | "server";
  /** Of the JSON body; undefined: the route takes none. */
  readonly body?: JsonSchema;
  /** Whether the body may be missing. */
  readonly isBodyOptional?: true;
  /** Whether the bodies, of requests and of answers, may be JSON and binary data as the extension says. */
  readonly hasBinaryData?: true;
  /** By status. Errors of the common form are not listed. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** With `:model` and `:version` in place of what varies, and `(^.+:verb$)` after what ends in a verb. */
  readonly path: string;
  readonly operation: Operation;
  readonly answer: (site: Site, call: Call) => Answer | Promise<Answer>;
}

/** Whether a route is for everybody, with or without a key: probes have none. */
export function isOpen({ path, operation }: Route): boolean {
  return operation.tag === "health" && !path.includes(":");
}

/** The HTTP status that tells readiness. */
export function statusOf(isReady: boolean): number {
  return isReady ? 200 : 503;
}
