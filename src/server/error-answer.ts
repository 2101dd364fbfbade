import type { RelayError } from "../core/index.ts";
import { type Answer, jsonAnswer } from "./answer.ts";

/** The folders of an absolute path, in which answers must not show how the server is laid out. */
const FOLDERS = /(?:file:\/\/)?(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+)+[\\/](?=[\w.@+-])/g;

/** Characters of a message; a request may hold names as long as itself. */
const MAX_TEXT = 2000;

/** What may be said of a failure of the server's own: its first line, without paths. */
function presentable({ message }: Error): string {
  const [line = ""] = message.split("\n");
  return line.replace(FOLDERS, "");
}

/** Seconds after which a retry makes sense. */
function retryAfter({ details }: RelayError): Readonly<Record<string, string>> {
  const { retryAfterMs } = details as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === "number" ? { "retry-after": String(Math.ceil(retryAfterMs / 1000)) } : {};
}

/** What clients are told of a failure. */
export function errorText(error: RelayError): string {
  const text = error.httpStatus < 500 ? error.message : presentable(error);
  return text.slice(0, MAX_TEXT);
}

/** The answer to a request that failed: its text, and its stable code. */
export function errorAnswer(error: RelayError): Answer {
  const answer = jsonAnswer({ error: errorText(error), code: error.code }, error.httpStatus);
  return { ...answer, headers: { ...answer.headers, ...retryAfter(error) } };
}
