import { readFileSync } from "node:fs";
import path from "node:path";
import { Engine, load, type Model, Tensor } from "torchrelay";
import { Server } from "torchrelay/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../project/source-files.ts";
import { type Service, startService } from "./service.ts";

const FOLDER = path.join(ROOT, "examples/languages");

interface Sample {
  readonly language: string;
  readonly text: string;
  /** As PyTorch computed them, for some. */
  readonly logits?: readonly number[];
}

const samples: readonly Sample[] = JSON.parse(readFileSync(path.join(FOLDER, "samples.json"), "utf8"));
const labels: readonly string[] = JSON.parse(readFileSync(path.join(FOLDER, "labels.json"), "utf8"));
let service: Service;
let model: Model;

beforeAll(async () => {
  [service, model] = await Promise.all([startService("text-service"), load(path.join(FOLDER, "languages.pt2"))]);
});

afterAll(async () => {
  await model.close();
  expect(await service.end()).toBe(0);
});

interface Reply {
  readonly status: number;
  readonly answer: {
    readonly language?: string;
    readonly confidence?: number;
    readonly top?: readonly { readonly language: string; readonly confidence: number }[];
  };
}

async function post(body: string, type = "application/json"): Promise<Reply> {
  const init = { method: "POST", body, headers: { "content-type": type } };
  const response = await fetch(`${service.url}/classify`, init);
  return { status: response.status, answer: (await response.json()) as Reply["answer"] };
}

function classify(text: unknown): Promise<Reply> {
  return post(JSON.stringify({ text }));
}

/** What the network says of texts of one length, padded with zeros. */
async function logitsOf(text: string, padding = 0): Promise<readonly number[]> {
  const bytes = [...Buffer.from(text).subarray(0, 256), ...Array<number>(padding).fill(0)];
  const { logits } = await model.infer({
    bytes: new Tensor("int64", BigInt64Array.from(bytes, BigInt), [1, bytes.length]),
  });
  return Array.from(logits?.data as Float32Array);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs((actual[i] as number) - value)).toBeLessThanOrEqual(1e-5 + 1e-4 * Math.abs(value));
}

test("the languages of texts that were held out of the training are told, all asked at once", async () => {
  const replies = await Promise.all(samples.map(({ text }) => classify(text)));
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  const right = replies.filter(({ answer }, i) => answer.language === samples[i]?.language);
  expect(new Set(samples.map(({ language }) => language))).toEqual(new Set(labels));
  expect(right.length / samples.length).toBeGreaterThan(0.9);
});

test("an answer has the three most probable languages", async () => {
  const { status, answer } = await classify("Wie komme ich bitte zum nächsten Bahnhof?");
  expect([status, answer.language]).toEqual([200, "de"]);
  const confidences = answer.top?.map(({ confidence }) => confidence) as number[];
  expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
  expect(answer.top?.[0]).toEqual({ language: "de", confidence: answer.confidence });
  expect(new Set(answer.top?.map(({ language }) => language)).size).toBe(3);
  expect(confidences.reduce((sum, confidence) => sum + confidence, 0)).toBeLessThanOrEqual(1.0001);
});

const recorded = samples.filter(({ logits }) => logits !== undefined);

test.each(recorded)("the numbers for $language are PyTorch's, with and without padding", async ({ text, logits }) => {
  expectClose(await logitsOf(text), logits as readonly number[]);
  expectClose(await logitsOf(text, 37), logits as readonly number[]);
});

test("there are recorded numbers", () => {
  expect(recorded.length).toBeGreaterThanOrEqual(3);
});

test("the model is served without a program, too", async () => {
  await using engine = new Engine({ workers: 1 });
  await using server = new Server(engine);
  const url = await server.listen({ port: 0 });
  await server.load("languages", path.join(FOLDER, "languages.pt2"));
  const [sample] = recorded as [Sample, ...Sample[]];
  const response = await fetch(`${url}/v1/models/languages:predict`, {
    method: "POST",
    body: JSON.stringify({ instances: [[...Buffer.from(sample.text)]] }),
    headers: { "content-type": "application/json" },
  });
  const { predictions } = (await response.json()) as { predictions: readonly [readonly number[]] };
  expectClose(predictions[0], sample.logits as readonly number[]);
});

test("odd texts are answered", async () => {
  const odd = ["x", "\u0000\u0000", "\ud800", "😀".repeat(300), "é".repeat(10_000), " "];
  const replies = await Promise.all(odd.map(classify));
  expect(replies.map(({ status }) => status)).toEqual(odd.map(() => 200));
  for (const { answer } of replies) expect(labels).toContain(answer.language);
});

test("what is no text of moderate length is refused", async () => {
  const replies = await Promise.all([
    classify(undefined),
    classify(""),
    classify(null),
    classify({ a: 1 }),
    classify("x".repeat(10_001)),
    post("{"),
    post("text", "image/png"),
    post("x".repeat(200_000)),
  ]);
  expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 415, 413]);
});
