import { copyFileSync, mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RepositoryEvent, RepositoryOptions } from "../../dist/server/index.js";
import { DIGITS, post, type Reply, type Serving, serving } from "./serving.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Takes what DIGITS takes; its output is called `output`, not `logits`. */
export const LENET: string = path.join(ROOT, "conformance/data/models/lenet.pt2");

/** Something else entirely. */
export const NO_MODEL: string = path.join(ROOT, "package.json");

export function emptyFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "torchrelay-models-"));
}

/** Puts a copy of a file into a folder, at once, as operators should. */
export function put(source: string, ...target: readonly string[]): void {
  const file = path.join(...target);
  mkdirSync(path.dirname(file), { recursive: true });
  const half = path.join(path.dirname(file), ".new");
  copyFileSync(source, half);
  renameSync(half, file);
}

type Kind = RepositoryEvent["kind"];

/** What happened, and what is to happen. */
export class EventLog {
  readonly all: string[] = [];
  #waiting: { readonly text: string; readonly resolve: () => void }[] = [];

  readonly onEvent = (event: RepositoryEvent): void => {
    const text = "name" in event ? `${event.kind} ${event.name} ${event.version}` : event.kind;
    this.all.push(text);
    for (const waiter of this.#waiting) if (waiter.text === text) waiter.resolve();
  };

  /** Resolves at the next event like this. */
  next(kind: Kind, name: string, version: string): Promise<void> {
    const text = `${kind} ${name} ${version}`;
    return new Promise((resolve) => this.#waiting.push({ text, resolve }));
  }
}

export interface RepositoryServing extends Serving {
  readonly folder: string;
  readonly log: EventLog;
}

/** A server of the models in a folder. */
export async function servingFolder(folder: string, options: RepositoryOptions = {}): Promise<RepositoryServing> {
  const site = await serving();
  const log = new EventLog();
  await site.server.openRepository([{ path: folder }], {
    model: { warmupMs: 0 },
    onEvent: log.onEvent,
    ...options,
  });
  return { ...site, folder, log };
}

export function load(url: string, name: string, parameters: object = {}): Promise<Reply> {
  return post(`${url}/v2/repository/models/${encodeURIComponent(name)}/load`, { parameters });
}

export function unload(url: string, name: string): Promise<Reply> {
  return post(`${url}/v2/repository/models/${encodeURIComponent(name)}/unload`, "");
}

/** The index as lines of name, version and state; with the reason, if there is one. */
export async function index(url: string, body: object = {}): Promise<readonly string[]> {
  const { text } = await post(`${url}/v2/repository/index`, body);
  const entries = JSON.parse(text) as Record<"name" | "version" | "state" | "reason", string>[];
  return entries.map(({ name, version, state, reason }) => `${name} ${version} ${state}${reason && `: ${reason}`}`);
}

const IMAGE = {
  inputs: [{ name: "x", datatype: "FP32", shape: [1, 1, 28, 28], data: Array.from({ length: 784 }, () => 0) }],
};

/** Runs the model and gives the name of its output, which tells DIGITS from LENET; or the failure. */
export async function outputOf(url: string, name: string, version = ""): Promise<string> {
  const place = version === "" ? "" : `/versions/${version}`;
  const { status, text } = await post(`${url}/v2/models/${encodeURIComponent(name)}${place}/infer`, IMAGE);
  const answer = JSON.parse(text) as { outputs: { name: string }[]; code: string };
  return status === 200 ? (answer.outputs[0]?.name ?? "none") : `${status} ${answer.code}`;
}

/** Asks several times at once, again and again, until the promise settles. @returns all answers, in order of asking */
export async function outputsUntil(done: Promise<unknown>, ask: () => Promise<string>): Promise<readonly string[]> {
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  done.then(end, end);
  const answers: string[] = [];
  while (!isDone) answers.push(...(await Promise.all([ask(), ask(), ask(), ask()])));
  answers.push(await ask());
  await done;
  return answers;
}

export { DIGITS };
