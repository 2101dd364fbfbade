import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FileSource, RelayError, readNpz, Tensor } from "torchrelay";
import { Client } from "torchrelay/client";
import { sameRows, uniqueRows } from "./echo-rows.ts";
import type { GrpcEcho } from "./grpc-client.ts";
import { EXIT_ON, type Listening, THROW_ON } from "./protocol.ts";
import type { Tally } from "./tally.ts";

/** What the clients of a soak share. */
export interface Soak {
  readonly at: Listening;
  readonly grpc: GrpcEcho;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Numbers from 0 to 1, repeatable. */
  readonly random: () => number;
  /** Never the same twice. */
  readonly nextId: () => number;
}

/** One of many that go on until the soak ends. */
export type SoakClient = (soak: Soak) => Promise<void>;

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function post(url: string, body: string, signal?: AbortSignal): Promise<Reply> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", body, headers, ...(signal && { signal }) });
  return { status: response.status, text: await response.text() };
}

function echoBody(id: string, values: Int32Array): string {
  const input = { name: "x", datatype: "INT32", shape: [values.length / 2, 2], data: [...values] };
  return JSON.stringify({ id, inputs: [input] });
}

/** Sends again what a dying worker took along, or a full queue refused: both say that nothing was computed for it. */
async function untilAnswered(url: string, body: string, { tally }: Soak): Promise<Reply> {
  for (;;) {
    const reply = await post(url, body);
    if (reply.status !== 503 && reply.status !== 429) return reply;
    const { code } = JSON.parse(reply.text) as { readonly code: string };
    tally.expect(code === "WORKER_DIED" || code === "QUEUE_FULL", `${reply.status} ${code}`);
    tally.count(`retried after ${code}`);
  }
}

async function echoOverJson(soak: Soak): Promise<void> {
  const { at, tally, nextId } = soak;
  const values = uniqueRows(nextId);
  const id = String(nextId());
  const { status, text } = await untilAnswered(`${at.url}/v2/models/echo/infer`, echoBody(id, values), soak);
  tally.expect(status === 200, `echo over JSON answered ${status}: ${text.slice(0, 200)}`);
  if (status !== 200) return;
  const answer = JSON.parse(text) as { readonly id: string; readonly outputs: readonly { readonly data: number[] }[] };
  tally.expect(answer.id === id, "an answer had another request's id");
  tally.expect(sameRows(values, answer.outputs[0]?.data ?? []), "an answer had wrong rows");
  tally.count("echo over JSON");
}

const mayRetry = (error: unknown): boolean =>
  error instanceof RelayError && ["WORKER_DIED", "QUEUE_FULL"].includes(String(error.details["remoteCode"]));

async function echoOverBinary(soak: Soak): Promise<void> {
  const { at, tally, nextId } = soak;
  const values = uniqueRows(nextId);
  try {
    const x = new Tensor("int32", values, [values.length / 2, 2]);
    const { y } = await new Client(at.url, { retries: 0 }).infer("echo", { x });
    tally.expect(sameRows(values, (y as Tensor<"int32">).data), "a binary answer had wrong rows");
    tally.count("echo over binary HTTP");
  } catch (error) {
    tally.expect(mayRetry(error), `binary echo failed: ${String(error).slice(0, 200)}`);
    tally.count("echo over binary HTTP, refused with a retry");
  }
}

/** UNAVAILABLE, RESOURCE_EXHAUSTED. */
const GRPC_RETRY: readonly unknown[] = [14, 8];

async function echoOverGrpc({ grpc, tally, nextId }: Soak): Promise<void> {
  const values = uniqueRows(nextId);
  const id = String(nextId());
  try {
    const reply = await grpc.infer(id, values);
    tally.expect(reply.id === id && sameRows(values, reply.rows), "a gRPC answer had wrong rows");
    tally.count("echo over gRPC");
  } catch (error) {
    tally.expect(GRPC_RETRY.includes((error as { code?: unknown }).code), `gRPC echo failed: ${String(error)}`);
    tally.count("echo over gRPC, refused with a retry");
  }
}

async function killWorker({ at, tally, signal }: Soak): Promise<void> {
  const { status } = await post(`${at.url}/v2/models/echo/infer`, echoBody("", Int32Array.of(EXIT_ON, 0)));
  tally.count(status === 503 ? "workers killed" : "kills that met no worker of their own");
  await sleep(5000, undefined, { signal }).catch(() => {});
}

async function failInModel({ at, tally, signal, random }: Soak): Promise<void> {
  const { status, text } = await post(`${at.url}/v2/models/echo/infer`, echoBody("", Int32Array.of(THROW_ON, 0)));
  tally.expect([200, 500, 503].includes(status), `a model that throws was answered with ${status}: ${text}`);
  tally.count(status === 500 ? "failures in the model" : "failures that met no batch of their own");
  await sleep(100 * random(), undefined, { signal }).catch(() => {});
}

async function disconnect({ at, tally, nextId, random }: Soak): Promise<void> {
  const controller = new AbortController();
  const reply = post(`${at.url}/v2/models/echo/infer`, echoBody("", uniqueRows(nextId)), controller.signal);
  const timer = setTimeout(() => controller.abort(), 4 * random());
  await reply.catch(() => {});
  clearTimeout(timer);
  tally.count("clients that disconnected");
}

/** A valid body with some bytes changed. */
function damaged({ nextId, random }: Soak): string {
  const body = echoBody(String(nextId()), uniqueRows(nextId));
  const at = Math.floor(random() * body.length);
  const junk = ['"', "]", "}", "-", "e9", "\u0000", "[[", ""][Math.floor(random() * 8)] ?? "";
  return body.slice(0, at) + junk + body.slice(at + Math.floor(random() * 8));
}

async function sendMalformed(soak: Soak): Promise<void> {
  const { at, tally, random } = soak;
  const route = random() < 0.5 ? "/v2/models/echo/infer" : "/v1/models/echo:predict";
  const { status, text } = await post(at.url + route, damaged(soak));
  // What is still well-formed may begin with a number at which the model fails.
  const isRefused = status >= 400 && (status < 500 || /RUN_FAILED|WORKER_DIED/.test(text));
  tally.expect(status === 200 || isRefused, `a malformed body was answered with ${status}: ${text.slice(0, 200)}`);
  tally.count("malformed bodies");
}

const TOLERANCE = 1e-4;

function closeTo(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const isClose = (x: number, y: number): boolean => Math.abs(x - y) <= TOLERANCE * (1 + Math.abs(y));
  return a.length === b.length && Array.from(a).every((value, i) => isClose(value, b[i] ?? Number.NaN));
}

/** Images whose logits are asked for again and again, while the model is replaced. */
export async function digitsClient(at: Listening, images: FileSource): Promise<SoakClient> {
  const bytes = Object.fromEntries(readNpz(images))["images"]?.data as Uint8Array;
  const row = (i: number): Float32Array => Float32Array.from(bytes.subarray(i * 784, (i + 1) * 784), (x) => x / 255);
  const rows = Array.from({ length: 20 }, (_, i) => row(i));
  const client = new Client(at.url);
  const ask = async (pixels: Float32Array): Promise<Float32Array> => {
    const { logits } = await client.infer("digits", { x: new Tensor("float32", pixels, [1, 1, 28, 28]) });
    return (logits as Tensor<"float32">).data;
  };
  const expected = await Promise.all(rows.map(ask));
  return async ({ tally, random }) => {
    const i = Math.floor(random() * rows.length);
    try {
      const logits = await ask(rows[i] as Float32Array);
      tally.expect(closeTo(logits, expected[i] as Float32Array), "a digit had other logits than before");
      tally.count("digits");
    } catch (error) {
      tally.expect(mayRetry(error), `digits failed while reloading: ${String(error).slice(0, 300)}`);
    }
  };
}

/** Replaces the model's file, adds a version, and takes it away again. */
async function reload({ at, tally, signal, nextId }: Soak): Promise<void> {
  const source = path.resolve("examples/digits/digits.pt2");
  const [first, second] = ["1", "2"].map((version) => path.join(at.folder, "digits", version)) as [string, string];
  const fresh = path.join(at.folder, `.new-${nextId()}`);
  await copyFile(source, fresh);
  await rename(fresh, path.join(first, "model.pt2"));
  await sleep(500, undefined, { signal }).catch(() => {});
  await mkdir(second, { recursive: true });
  await copyFile(source, path.join(second, ".new"));
  await rename(path.join(second, ".new"), path.join(second, "model.pt2"));
  await sleep(500, undefined, { signal }).catch(() => {});
  await rm(second, { recursive: true });
  tally.count("rounds of reloading");
  await sleep(500, undefined, { signal }).catch(() => {});
}

/** How many of each go on at the same time. */
export const CLIENTS: readonly (readonly [count: number, client: SoakClient])[] = [
  [8, echoOverJson],
  [4, echoOverBinary],
  [4, echoOverGrpc],
  [1, killWorker],
  [1, failInModel],
  [2, disconnect],
  [1, sendMalformed],
  [1, reload],
];
