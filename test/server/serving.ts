import path from "node:path";
import { afterEach } from "vitest";
import { type DType, Engine, type ModelOptions } from "../../dist/index.js";
import { Server, type ServerOptions } from "../../dist/server/index.js";
import type { ModelSource } from "../../dist/workers/index.js";

const ROOT = path.resolve(import.meta.dirname, "../..");
export const DIGITS: string = path.join(ROOT, "examples/digits/digits.pt2");

const open: { engine: Engine; server: Server }[] = [];

afterEach(async () => {
  for (const { engine, server } of open.splice(0)) {
    await server.close({ force: true });
    await engine.close({ force: true });
  }
});

export interface Serving {
  readonly engine: Engine;
  readonly server: Server;
  readonly url: string;
}

/** A server on a free port, closed after the test. */
export async function serving(options: ServerOptions = {}): Promise<Serving> {
  const engine = new Engine({ workers: 1, inlineBudgetMs: 0 });
  const server = new Server(engine, options);
  open.push({ engine, server });
  return { engine, server, url: await server.listen({ port: 0 }) };
}

/** A model whose output y_DTYPE is its input x_DTYPE, of shape [n, m], for each dtype; n is the batch axis. */
export function echoOf(
  dtypes: readonly DType[],
  behaviour: { delayMs?: number; throwOn?: number; exitOn?: number } = {},
): ModelSource {
  const shape = [
    { op: "symbol", name: "n" },
    { op: "symbol", name: "m" },
  ] as const;
  const range = { min: 0, max: Number.POSITIVE_INFINITY };
  const signature = {
    inputs: dtypes.map((dtype) => ({ name: `x_${dtype}`, dtype, shape })),
    outputs: dtypes.map((dtype) => ({ name: `y_${dtype}`, dtype, shape })),
    symbols: { n: range, m: range },
    batchSymbol: "n",
  };
  return { kind: "session", session: { backend: "null", delayMs: 0, ...behaviour }, signature };
}

/** A server that serves one model, `echo`. */
export async function serveEcho(
  source: ModelSource,
  model: ModelOptions = {},
  options?: ServerOptions,
): Promise<Serving> {
  const site = await serving(options);
  site.server.add("echo", await site.engine.open(source, { warmupMs: 0, ...model }));
  return site;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body as text. */
  readonly text: string;
}

export async function get(url: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** @param body text, or a value to be written as JSON */
export function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return get(url, { method: "POST", body: text, headers: { "content-type": "application/json", ...headers } });
}

/** The code of an error answer, with its status. */
export function failure({ status, text }: Reply): [status: number, code: string] {
  const { error, code } = JSON.parse(text) as { error: string; code: string };
  return [status, error === "" ? "an empty message" : code];
}
