import type { RelayError } from "../core/index.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { wantsText } from "./wants-text.ts";

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

export const ERROR_CODE_HEADER = "x-error-code";

const TEXT_HEADERS = { "content-type": "text/plain; charset=utf-8" } as const;

/**
 * The answer to a request that failed: its text, and its stable code.
 * @param accept the request's header; clients that take text but no JSON get the text alone
 */
export function errorAnswer(error: RelayError, accept?: string): Answer {
  const text = errorText(error);
  const answer = wantsText(accept)
    ? { headers: TEXT_HEADERS, body: text }
    : jsonAnswer({ error: text, code: error.code });
  const common = { [ERROR_CODE_HEADER]: error.code, "x-content-type-options": "nosniff" };
  return { ...answer, status: error.httpStatus, headers: { ...answer.headers, ...common, ...retryAfter(error) } };
}
