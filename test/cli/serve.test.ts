import { once } from "node:events";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { DIGITS, ended, ROOT, scratch, start, torchrelay } from "./torchrelay.ts";

type Child = ReturnType<typeof start>;

/** The first line that the command prints. */
async function firstLine(child: Child): Promise<string> {
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error("the command printed nothing");
}

interface Announced {
  readonly url: string;
  readonly grpc?: string;
  readonly models: readonly { readonly name: string; readonly version: string }[];
}

async function serve(...args: readonly string[]): Promise<Announced & { readonly child: Child }> {
  const child = start(["serve", ...args, "--port", "0", "--grpc-port", "0", "--workers", "1", "--json"]);
  return { child, ...(JSON.parse(await firstLine(child)) as Announced) };
}

function copyDigits(...parts: readonly string[]): void {
  const file = path.join(...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(DIGITS, file);
}

test("a file is served under its name until SIGTERM, which ends the server in order", async () => {
  const { child, url, grpc, models } = await serve(DIGITS);
  expect(grpc).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(models).toEqual([{ name: "digits", version: "1" }]);
  expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200);
  const inputs = [{ name: "x", datatype: "FP32", shape: [1, 1, 28, 28], data: Array(784).fill(0) }];
  const response = await fetch(`${url}/v2/models/digits/infer`, {
    method: "POST",
    body: JSON.stringify({ inputs }),
    headers: { "content-type": "application/json" },
  });
  expect(await response.json()).toMatchObject({ outputs: [{ name: "logits", shape: [1, 10] }] });
  child.kill("SIGTERM");
  expect(await ended(child)).toMatchObject({ code: 0, stderr: "" });
});

test("a folder is a model repository", async () => {
  const folder = scratch();
  copyDigits(folder, "one.pt2");
  copyDigits(folder, "two", "2", "model.pt2");
  copyDigits(folder, "two", "10", "model.pt2");
  const { child, url, models } = await serve(folder);
  expect(models).toEqual([
    { name: "one", version: "1" },
    { name: "two", version: "10" },
  ]);
  expect((await fetch(`${url}/v2/models/two/versions/10/ready`)).status).toBe(200);
  child.kill("SIGINT");
  expect((await ended(child)).code).toBe(0);
});

test("models may be named, be ONNX files, and fail without taking the others along", async () => {
  const folder = scratch();
  copyDigits(folder, "model.pt2");
  const onnx = path.join(ROOT, "test/fixtures/onnx/cnn.onnx");
  const { child, url, models } = await serve(`my net=${folder}`, onnx, `broken=${path.join(ROOT, "package.json")}`);
  expect(models).toEqual([
    { name: "my net", version: "1" },
    { name: "cnn", version: "1" },
  ]);
  expect((await fetch(`${url}/v2/health/ready`)).status).toBe(503);
  expect((await fetch(`${url}/v2/models/my%20net/ready`)).status).toBe(200);
  child.kill("SIGTERM");
  const { code, stderr } = await ended(child);
  expect(code).toBe(0);
  expect(JSON.parse(stderr)).toMatchObject({
    level: "error",
    event: "model failed",
    name: "broken",
    version: "1",
    code: "FORMAT_UNKNOWN",
    reason: expect.stringContaining("package.json"),
  });
});

test("clients may load models where that is enabled", async () => {
  const folder = scratch();
  copyDigits(folder, "one.pt2");
  const { child, url, models } = await serve(
    folder,
    "--repository-calls",
    "--no-autoload",
    "--watch",
    "--log-level",
    "info",
  );
  expect(models).toEqual([]);
  expect((await fetch(`${url}/v2/repository/models/one/load`, { method: "POST" })).status).toBe(200);
  expect((await fetch(`${url}/v2/models/one/ready`)).status).toBe(200);
  expect((await fetch(`${url}/v2/repository/models/one/unload`, { method: "POST" })).status).toBe(200);
  child.kill("SIGTERM");
  const { code, stderr } = await ended(child);
  expect(code).toBe(0);
  const events = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const event of ["model loaded", "model unloaded"]) {
    expect(events).toContainEqual(expect.objectContaining({ level: "info", event, name: "one", version: "1" }));
  }
});

test("a second signal ends a server that is in its grace period", async () => {
  const { child, url, grpc } = await serve(DIGITS, "--no-grpc", "--grace-ms", "3600000");
  expect(grpc).toBeUndefined();
  child.kill("SIGTERM");
  while ((await fetch(`${url}/v2/health/ready`)).status === 200);
  child.kill("SIGTERM");
  expect((await ended(child)).code).toBe(0);
});

test("a server that is told to end while it starts does so, and claims nothing", async () => {
  const folder = scratch();
  for (let i = 0; i < 40; i++) symlinkSync(DIGITS, path.join(folder, `model-${i}.pt2`));
  const child = start(["serve", folder, "--port", "0", "--grpc-port", "0", "--json", "--log-level", "info"]);
  const heard = once(child.stderr, "data");
  const end = ended(child);
  expect(String(await heard)).toContain('"event":"listening"');
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await end;
  expect([code, stdout, stderr]).toEqual([0, "", expect.not.stringContaining("error")]);
});

test("a server whose log nobody reads any more serves on", async () => {
  const { child, url } = await serve(DIGITS, "--access-log");
  child.stderr.destroy();
  for (let i = 0; i < 3; i++) expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a port that is taken is told without the words of libraries", async () => {
  const { child, url, grpc = "" } = await serve(DIGITS);
  const [port, grpcPort] = [new URL(url).port, grpc.split(":")[1] as string];
  const taken = await Promise.all([
    torchrelay("serve", DIGITS, "--port", port, "--no-grpc"),
    torchrelay("serve", DIGITS, "--port", "0", "--grpc-port", grpcPort),
  ]);
  const complaint = (at: string): string =>
    `error: ADDRESS_UNAVAILABLE: cannot listen on 127.0.0.1:${at}: something else listens there\n`;
  expect(taken.map(({ stderr }) => stderr)).toEqual([port, grpcPort].map(complaint));
  child.kill("SIGTERM");
});

test("what cannot be served ends the command", async () => {
  const empty = scratch();
  const cases: readonly (readonly [args: readonly string[], code: number, complaint: string])[] = [
    [[DIGITS, DIGITS], 1, "REPOSITORY_INVALID"],
    [[empty], 1, "it holds no NAME.pt2"],
    [[path.join(empty, "missing.pt2")], 1, "FILE_UNREADABLE"],
    [[path.join(ROOT, "package.json"), "--json"], 1, "FORMAT_UNKNOWN"],
    [[DIGITS, "--no-autoload"], 2, "--no-autoload needs --repository-calls"],
    [[DIGITS, "--port", "70000"], 2, "It must be a whole number from 0 to 65535."],
    [[DIGITS, "--otlp-endpoint", "collector:4318"], 2, "--otlp-endpoint is collector:4318; legal: a URL such as"],
    [[DIGITS, "--cors", "https://page.example/"], 1, "option cors is https://page.example/; legal: origins"],
  ];
  const small = ["--port", "0", "--no-grpc", "--workers", "1"];
  const runs = await Promise.all(cases.map(([args]) => torchrelay("serve", ...small, ...args)));
  for (const [i, [, code, complaint]] of cases.entries()) {
    expect(runs[i], complaint).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(complaint) });
  }
});
