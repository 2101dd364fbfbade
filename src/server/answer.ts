/** What a route gives back, whatever carries it. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const JSON_HEADERS = { "content-type": "application/json" } as const;

/** @param text well-formed JSON */
export function jsonText(text: string, status = 200): Answer {
  return { status, headers: JSON_HEADERS, body: text };
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return jsonText(JSON.stringify(value), status);
}
