import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import type { ApiKey } from "../../dist/server/index.js";
import { Access } from "../../src/server/access/access.ts";
import { AllowedRepository } from "../../src/server/access/allowed-repository.ts";
import { grantOf } from "../../src/server/access/grant.ts";
import { readKeys } from "../../src/server/access/read-keys.ts";
import { bareCall, INFERENCE } from "./bare-grpc.ts";
import { echoOf, failure, get, post, type Serving, serveEcho } from "./serving.ts";

function sha256(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

const ALL: ApiKey = { name: "all", sha256: sha256("key-of-all") };
const SOME: ApiKey = { name: "some", sha256: sha256("key-of-some"), models: ["ech*"] };
const OTHER: ApiKey = { name: "other", sha256: sha256("key-of-other"), models: ["digits"] };
const KEYS = [ALL, SOME, OTHER];

const REQUEST = { inputs: [{ name: "x_int32", datatype: "INT32", shape: [1, 1], data: [7] }] };

/** A server of the models `echo` and `secret` that asks for keys. */
async function guarded(): Promise<Serving> {
  const site = await serveEcho(echoOf(["int32"]), {}, { apiKeys: KEYS });
  site.server.add("secret", await site.engine.open(echoOf(["int32"])));
  return site;
}

function bearer(key: string): RequestInit {
  return { headers: { authorization: `Bearer ${key}` } };
}

test("without a key, or with a wrong one, nothing but health is told", async () => {
  const { url } = await guarded();
  for (const route of ["/v2/health/live", "/v2/health/ready"]) expect((await get(url + route)).status).toBe(200);
  const closed = ["/v2", "/v2/models/echo", "/v2/models/echo/ready", "/v2/models/stats", "/metrics", "/v2/nothing"];
  for (const route of closed) {
    const reply = await get(url + route);
    expect(failure(reply), route).toEqual([401, "KEY_REQUIRED"]);
    expect(reply.headers.get("www-authenticate")).toBe("Bearer");
    expect(failure(await get(url + route, bearer("guess"))), route).toEqual([401, "KEY_UNKNOWN"]);
  }
  expect(failure(await post(`${url}/v2/models/echo/infer`, REQUEST))).toEqual([401, "KEY_REQUIRED"]);
  expect(failure(await get(`${url}/v2`, { headers: { authorization: "Basic a2V5LW9mLWFsbA==" } }))).toEqual([
    401,
    "KEY_REQUIRED",
  ]);
});

test("a key is taken as a bearer token or in a header of its own", async () => {
  const { url } = await guarded();
  expect((await get(`${url}/v2`, bearer("key-of-all"))).status).toBe(200);
  const headers = { "x-api-key": "key-of-all" };
  expect((await post(`${url}/v2/models/echo/infer`, REQUEST, headers)).status).toBe(200);
});

test("a key is good for the models on its list only, and shows no others", async () => {
  const { url } = await guarded();
  const some = { "x-api-key": "key-of-some" };
  const predict = { instances: [[1]] };
  expect((await post(`${url}/v2/models/echo/infer`, REQUEST, some)).status).toBe(200);
  expect((await post(`${url}/v1/models/echo:predict`, predict, some)).status).toBe(200);
  for (const model of ["secret", "nowhere"]) {
    const infer = await post(`${url}/v2/models/${model}/infer`, REQUEST, some);
    expect(failure(infer)).toEqual([403, "MODEL_FORBIDDEN"]);
    expect(failure(await post(`${url}/v1/models/${model}:predict`, predict, some))).toEqual([403, "MODEL_FORBIDDEN"]);
    expect(failure(await get(`${url}/v2/models/${model}`, { headers: some }))).toEqual([403, "MODEL_FORBIDDEN"]);
  }
  const unknown = await get(`${url}/v2/models/echoes`, { headers: some });
  expect(failure(unknown)).toEqual([404, "MODEL_UNKNOWN"]);
  for (const route of ["/v1/models", "/v2/models/stats", "/metrics"]) {
    const { text } = await get(url + route, { headers: some });
    expect(text).toContain('"echo"');
    expect(text + unknown.text).not.toContain("secret");
    expect((await get(url + route, bearer("key-of-all"))).text).toContain('"secret"');
  }
});

test("over gRPC a key is metadata of the same names", async () => {
  const { server } = await guarded();
  const port = await server.listenGrpc({ port: 0 });
  const model = (name: string): Uint8Array => Buffer.concat([Buffer.from([10, name.length]), Buffer.from(name)]);
  await bareCall({ port, path: `${INFERENCE}/ServerReady` });
  await bareCall({ port, path: "/grpc.health.v1.Health/Check" });
  const path = `${INFERENCE}/ModelReady`;
  const call = (name: string, metadata: Record<string, string>): Promise<unknown> =>
    bareCall({ port, path, message: model(name), metadata });
  await call("echo", { authorization: "Bearer key-of-some" });
  await call("echo", { "x-api-key": "key-of-some" });
  await expect(call("echo", {})).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  await expect(call("echo", { "x-api-key": "guess" })).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  await expect(call("secret", { "x-api-key": "key-of-some" })).rejects.toMatchObject({
    code: status.PERMISSION_DENIED,
    details: expect.stringContaining("secret"),
  });
});

test("a key that may not touch the repository cannot, nor other models than its own", async () => {
  const index = async (): Promise<[]> => [];
  const done = async (): Promise<void> => {};
  const open = { index, load: done, unload: done };
  const without = new AllowedRepository(open, grantOf(ALL));
  await expect(without.index({ ready: false })).rejects.toMatchObject({ code: "REPOSITORY_FORBIDDEN" });
  await expect(without.load("echo", {})).rejects.toMatchObject({ code: "REPOSITORY_FORBIDDEN" });
  const entry = (name: string) => ({ name, version: "1", state: "READY", reason: "" }) as const;
  const listing = { ...open, index: async () => [entry("echo"), entry("secret")] };
  const some = new AllowedRepository(listing, grantOf({ ...SOME, repository: true }));
  expect(await some.index({ ready: false })).toEqual([entry("echo")]);
  await some.load("echo", {});
  await expect(some.unload("secret")).rejects.toMatchObject({ code: "MODEL_FORBIDDEN" });
});

test("every key that is known is found, wherever it stands", () => {
  const keys = Array.from({ length: 20 }, (_, i) => ({ name: `k${i}`, sha256: sha256(`secret ${i}`) }));
  const access = new Access(keys);
  expect(keys.map((_, i) => access.check(`secret ${i}`).name)).toEqual(keys.map(({ name }) => name));
});

test("keys can be changed in their file while the server runs, and a bad file changes nothing", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "torchrelay-keys-"));
  const file = path.join(folder, "keys.json");
  const write = (value: unknown): void => writeFileSync(file, JSON.stringify(value));
  try {
    write({ keys: [ALL] });
    const { server, url } = await serveEcho(echoOf(["int32"]), {}, { apiKeys: file });
    const statuses = async (): Promise<number[]> =>
      Promise.all(["key-of-all", "key-of-some"].map(async (key) => (await get(`${url}/v2`, bearer(key))).status));
    expect(await statuses()).toEqual([200, 401]);
    write({ keys: [SOME] });
    server.reload();
    expect(await statuses()).toEqual([401, 200]);
    write({ keys: [{ name: "plain", sha256: "key-of-all" }] });
    server.reload();
    expect(await statuses()).toEqual([401, 200]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["two of one name", [ALL, { ...SOME, name: "all" }], "two keys of the name all"],
  ["one key twice", [ALL, { ...SOME, sha256: ALL.sha256.toUpperCase() }], "the same key twice"],
  ["a key in plain text", [{ name: "all", sha256: "key-of-all" }], "sha256"],
  ["an unknown word", [{ ...ALL, model: ["echo"] }], "did you mean models?"],
  ["a pattern that is more than a prefix", [{ ...ALL, models: ["a*b"] }], "models"],
])("a list of keys with %s is refused", (_, keys, words) => {
  expect(() => readKeys(keys as readonly ApiKey[])).toThrow(words);
});
