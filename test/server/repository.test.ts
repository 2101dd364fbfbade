import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ModelRepository } from "../../dist/server/repository/index.js";
import { ServedModels } from "../../dist/server/served-models.js";
import {
  DIGITS,
  emptyFolder,
  index,
  LENET,
  load,
  NO_MODEL,
  outputOf,
  outputsUntil,
  put,
  servingFolder,
  unload,
} from "./repository-serving.ts";
import { failure, get, post, serving } from "./serving.ts";

function configure(folder: string, name: string, config: unknown): void {
  writeFileSync(path.join(folder, name, "config.json"), JSON.stringify(config));
}

async function countOf(url: string, name: string): Promise<number> {
  const { text } = await get(`${url}/v2/models/${name}/stats`);
  return JSON.parse(text).model_stats[0].inference_count;
}

test("repository calls are refused unless they are enabled", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  const { url } = await servingFolder(folder);
  expect(failure(await post(`${url}/v2/repository/index`, ""))).toEqual([403, "REPOSITORY_OFF"]);
  expect(failure(await load(url, "a"))).toEqual([403, "REPOSITORY_OFF"]);
  expect(failure(await unload(url, "a"))).toEqual([403, "REPOSITORY_OFF"]);
  expect(await outputOf(url, "a")).toBe("logits");
});

test("clients list, load and unload models", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  put(DIGITS, folder, "b", "1", "model.pt2");
  put(LENET, folder, "b", "2", "model.pt2");
  const { url, log } = await servingFolder(folder, { repositoryCalls: true });
  expect(await index(url)).toEqual(["a 1 READY", "b 1 UNAVAILABLE: its version policy leaves it out", "b 2 READY"]);
  const unloaded = log.next("unloaded", "b", "2");
  expect(await unload(url, "b")).toMatchObject({ status: 200, text: "" });
  await unloaded;
  expect(await outputOf(url, "b")).toBe("404 MODEL_UNKNOWN");
  expect(await index(url, { ready: true })).toEqual(["a 1 READY"]);
  expect(await index(url)).toContain("b 2 UNAVAILABLE: it is not loaded");
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
  put(LENET, folder, "c.pt2");
  expect(await index(url)).toContain("c 1 UNAVAILABLE: it is not loaded");
  expect(await load(url, "b")).toMatchObject({ status: 200, text: "" });
  expect((await load(url, "c")).status).toBe(200);
  expect([await outputOf(url, "b"), await outputOf(url, "c")]).toEqual(["output", "output"]);
  rmSync(path.join(folder, "c.pt2"));
  const gone = await load(url, "c");
  expect(failure(gone)).toEqual([404, "MODEL_UNKNOWN"]);
  expect(gone.text).toContain("its file cannot be found any more");
});

test("with autoload off, nothing is served until it is asked for", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  const { url, log } = await servingFolder(folder, { repositoryCalls: true, autoload: false, watch: true });
  expect(await index(url)).toEqual(["a 1 UNAVAILABLE: it is not loaded"]);
  expect(await outputOf(url, "a")).toBe("404 MODEL_UNKNOWN");
  expect((await load(url, "a")).status).toBe(200);
  expect(await outputOf(url, "a")).toBe("logits");
  expect(log.all).toEqual(["loaded a 1"]);
});

test("names that are not in the repository are unknown, whatever path they would make", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "models", "a b%2e+é.pt2");
  put(DIGITS, folder, "secret.pt2");
  const { url } = await servingFolder(path.join(folder, "models"), { repositoryCalls: true });
  const secret = path.join(folder, "secret");
  for (const name of ["../secret", "..%2fsecret", "%2e%2e%2fsecret", secret, `${secret}.pt2`, "a\0", "__proto__"]) {
    const reply = await load(url, name);
    expect(failure(reply), name).toEqual([404, "MODEL_UNKNOWN"]);
    expect(failure(await unload(url, name)), name).toEqual([404, "MODEL_UNKNOWN"]);
  }
  expect((await post(`${url}/v2/repository/models/../secret/load`, "")).status).toBe(404);
  expect(await outputOf(url, "a b%2e+é")).toBe("logits");
  expect((await load(url, "a b%2e+é")).status).toBe(200);
  expect((await load(url, "a b%2e+e")).text).toContain("did you mean a b%2e+é?");
});

test("bodies of repository calls that say something else are refused", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  expect(failure(await post(`${url}/v2/repository/index`, { ready: "yes" }))).toEqual([400, "REQUEST_INVALID"]);
  expect(failure(await post(`${url}/v2/repository/index`, "[]"))).toEqual([400, "REQUEST_INVALID"]);
  const cases: readonly (readonly [parameters: object, code: string, message: string])[] = [
    [{ "file:1/model.pt2": "AAAA" }, "REQUEST_INVALID", "the server takes no model files"],
    [{ confg: "{}" }, "REQUEST_INVALID", "parameter confg is unknown"],
    [{ config: 1 }, "REQUEST_INVALID", "parameters.config of the body must be string but is 1"],
    [{ config: {} }, "REQUEST_INVALID", "parameters.config of the body"],
    [{ config: "{" }, "CONFIG_INVALID", "its JSON is not well-formed"],
    [{ config: '{"maxBatchRow":1}' }, "CONFIG_INVALID", "did you mean maxBatchRows?"],
    [{ config: '{"labels":{"logit":[]}}' }, "CONFIG_INVALID", "did you mean logits?"],
  ];
  for (const [parameters, code, message] of cases) {
    const reply = await load(url, "a", parameters);
    expect(failure(reply), message).toEqual([400, code]);
    expect(reply.text).toContain(message);
  }
  expect(await outputOf(url, "a")).toBe("logits");
});

test("a load call may bring a configuration, which holds until the next one", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  put(LENET, folder, "a", "2", "model.pt2");
  configure(folder, "a", { queueDelayMs: 2 });
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  const delay = async (): Promise<number> =>
    JSON.parse((await get(`${url}/v2/models/a/config`)).text).dynamic_batching.max_queue_delay_microseconds;
  expect([await delay(), await outputOf(url, "a")]).toEqual([2000, "output"]);
  const config = JSON.stringify({ queueDelayMs: 1.5, versionPolicy: { specific: { versions: [1] } } });
  expect((await load(url, "a", { config })).status).toBe(200);
  expect([await delay(), await outputOf(url, "a")]).toEqual([1500, "logits"]);
  expect((await load(url, "a")).status).toBe(200);
  expect([await delay(), await outputOf(url, "a")]).toEqual([2000, "output"]);
});

test("version policies say what is served", async () => {
  const folder = emptyFolder();
  for (const version of ["1", "2", "3"]) put(DIGITS, folder, "a", version, "model.pt2");
  configure(folder, "a", { versionPolicy: { all: {} } });
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  const versions = async (): Promise<unknown> => JSON.parse((await get(`${url}/v2/models/a`)).text).versions;
  expect(await versions()).toEqual(["3", "2", "1"]);
  configure(folder, "a", { versionPolicy: { latest: { numVersions: 2 } } });
  expect((await load(url, "a")).status).toBe(200);
  expect(await versions()).toEqual(["3", "2"]);
  configure(folder, "a", { versionPolicy: { specific: { versions: [1, 4] } } });
  expect(failure(await load(url, "a"))).toEqual([404, "MODEL_UNKNOWN"]);
  expect(await versions()).toEqual(["3", "2", "1"]);
  configure(folder, "a", { versionPolicy: { specific: { versions: [1] } } });
  expect((await load(url, "a")).status).toBe(200);
  expect(await versions()).toEqual(["1"]);
});

test("a new version takes over under load, and no request fails", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  const { url, log } = await servingFolder(folder, { watch: true });
  const done = log.next("unloaded", "a", "1");
  put(LENET, folder, "a", "2", "model.pt2");
  const answers = await outputsUntil(done, () => outputOf(url, "a"));
  expect(answers.filter((answer) => answer !== "logits" && answer !== "output")).toEqual([]);
  expect(answers.at(-1)).toBe("output");
  expect(log.all).toEqual(["loaded a 1", "loaded a 2", "unloaded a 1"]);
});

test("a file that is replaced takes over under load, under the same version and with its counts", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  const { url, log } = await servingFolder(folder, { watch: true });
  const before = [await outputOf(url, "a"), await outputOf(url, "a")];
  const done = log.next("loaded", "a", "1");
  put(LENET, folder, "a.pt2");
  const answers = [...before, ...(await outputsUntil(done, () => outputOf(url, "a")))];
  expect(answers.filter((answer) => answer !== "logits" && answer !== "output")).toEqual([]);
  expect([answers[0], answers.at(-1)]).toEqual(["logits", "output"]);
  expect(await countOf(url, "a")).toBe(answers.length);
  const metrics = (await get(`${url}/metrics`)).text;
  expect(metrics).toContain(`nv_inference_count{model="a",version="1"} ${answers.length}\n`);
});

test("requests under way when a model is unloaded are answered", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  const asked = Array.from({ length: 40 }, () => outputOf(url, "a"));
  await Promise.race(asked);
  expect((await unload(url, "a")).status).toBe(200);
  const answers = await Promise.all([...asked, outputOf(url, "a")]);
  expect(answers).toContain("logits");
  expect(answers.at(-1)).toBe("404 MODEL_UNKNOWN");
  expect(answers.filter((answer) => answer !== "logits" && answer !== "404 MODEL_UNKNOWN")).toEqual([]);
});

test("a new version that does not load leaves the old one serving, and says why", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  put(NO_MODEL, folder, "a", "2", "model.pt2");
  const reply = await load(url, "a");
  expect(failure(reply)).toEqual([400, "FORMAT_UNKNOWN"]);
  expect(reply.text).not.toContain(folder);
  expect(await outputOf(url, "a")).toBe("logits");
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
  const [first, second] = await index(url);
  expect(first).toBe("a 1 READY");
  expect(second).toMatch(/^a 2 UNAVAILABLE: it failed to load with FORMAT_UNKNOWN: model\.pt2 is /);
  put(LENET, folder, "a", "2", "model.pt2");
  expect((await load(url, "a")).status).toBe(200);
  expect(await index(url, { ready: true })).toEqual(["a 2 READY"]);
});

test("a file or configuration that does not load leaves what it replaces serving, and says why", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  put(NO_MODEL, folder, "a", "1", "model.pt2");
  expect(failure(await load(url, "a"))).toEqual([400, "FORMAT_UNKNOWN"]);
  expect((await index(url))[0]).toMatch(/^a 1 READY: the newest state failed to load with FORMAT_UNKNOWN/);
  put(LENET, folder, "a", "1", "model.pt2");
  configure(folder, "a", { weight: -1 });
  expect(failure(await load(url, "a"))).toEqual([400, "CONFIG_INVALID"]);
  expect(await outputOf(url, "a")).toBe("logits");
  configure(folder, "a", { weight: 2 });
  expect((await load(url, "a")).status).toBe(200);
  expect(await outputOf(url, "a")).toBe("output");
  expect(await index(url)).toEqual(["a 1 READY"]);
});

test("one model that does not load keeps the server from being ready, not from serving", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  put(NO_MODEL, folder, "b", "7", "model.onnx");
  const { url, log } = await servingFolder(folder);
  expect(log.all.sort()).toEqual(["failed b 7", "loaded a 1"]);
  expect((await get(`${url}/v2/health/ready`)).status).toBe(503);
  expect((await get(`${url}/v2/models/a/ready`)).status).toBe(200);
  expect((await get(`${url}/v2/models/b/ready`)).status).toBe(503);
  expect(await outputOf(url, "a")).toBe("logits");
  const unavailable = await get(`${url}/v2/models/b`);
  expect(failure(unavailable)).toEqual([503, "MODEL_NOT_READY"]);
  expect(unavailable.text).not.toContain(folder);
});

test("until all that is there at the start has been tried, the server is not ready", async () => {
  const { server, url } = await serving();
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  const opened = server.openRepository([{ path: folder }]);
  expect(server.isReady).toBe(false);
  await opened;
  expect(server.models).toEqual([{ name: "a", version: "1" }]);
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
});

test("an empty folder is refused unless models can come later", async () => {
  const { server } = await serving();
  const folder = emptyFolder();
  await expect(server.openRepository([{ path: folder }])).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  await expect(server.openRepository([{ path: folder }])).rejects.toMatchObject({ code: "OPTION_INVALID" });
  const { url } = await servingFolder(folder, { repositoryCalls: true });
  expect(await index(url)).toEqual([]);
});

test("calls for one model take effect in the order in which they were made", async () => {
  const { engine } = await serving();
  const folder = emptyFolder();
  put(DIGITS, folder, "a.pt2");
  const models = new ServedModels();
  const open = (_: string, file: string): ReturnType<typeof engine.load> => engine.load(file, { warmupMs: 0 });
  const repository = new ModelRepository({ models, open }, [{ path: folder }], { repositoryCalls: true });
  await repository.start();
  const states = async (): Promise<readonly string[]> =>
    (await repository.index({ ready: true })).map(({ name }) => name);
  await Promise.all([repository.unload("a"), repository.load("a", {}), repository.unload("a")]);
  expect(await states()).toEqual([]);
  await Promise.all([repository.load("a", {}), repository.unload("a"), repository.load("a", {})]);
  expect(await states()).toEqual(["a"]);
  repository.close();
  await expect(repository.load("a", {})).rejects.toMatchObject({ code: "MODEL_CLOSED" });
});

test("watching, models come, change and go with their files", async () => {
  const folder = emptyFolder();
  const { url, log } = await servingFolder(folder, { watch: true, repositoryCalls: true });
  const came = log.next("loaded", "a", "1");
  put(DIGITS, folder, "a", "1", "model.pt2");
  await came;
  const reloaded = log.next("loaded", "a", "1");
  configure(folder, "a", { maxBatchRows: 8 });
  await reloaded;
  expect(JSON.parse((await get(`${url}/v2/models/a/config`)).text).max_batch_size).toBe(8);
  const failed = log.next("failed", "a", "2");
  const half = path.join(folder, "a", "2", "model.pt2");
  put(NO_MODEL, half);
  await failed;
  const second = log.next("unloaded", "a", "1");
  put(LENET, half);
  await second;
  expect(await outputOf(url, "a")).toBe("output");
  const gone = log.next("unloaded", "a", "2");
  rmSync(path.join(folder, "a"), { recursive: true });
  await gone;
  expect(await index(url)).toEqual([]);
  const again = log.next("loaded", "b", "1");
  put(DIGITS, folder, "b.pt2");
  await again;
});

test("watching, a folder that is swapped for another is followed", async () => {
  const parent = emptyFolder();
  const folder = path.join(parent, "models");
  put(DIGITS, folder, "a.pt2");
  put(LENET, parent, "next", "b.pt2");
  const { url, log } = await servingFolder(folder, { watch: true });
  const swapped = Promise.all([log.next("loaded", "b", "1"), log.next("unloaded", "a", "1")]);
  renameSync(folder, path.join(parent, "old"));
  renameSync(path.join(parent, "next"), folder);
  await swapped;
  const more = log.next("loaded", "c", "1");
  put(DIGITS, folder, "c.pt2");
  await more;
  expect(await outputOf(url, "b")).toBe("output");
});

test("a model's configuration is told in Triton's form", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  configure(folder, "a", { maxBatchRows: 32, weight: 2, versionPolicy: { all: {} } });
  const { url } = await servingFolder(folder);
  const config = {
    name: "a",
    platform: "pytorch_export",
    backend: "torchrelay",
    version_policy: { all: {} },
    max_batch_size: 32,
    input: [{ name: "x", data_type: "TYPE_FP32", dims: [1, 28, 28] }],
    output: [{ name: "logits", data_type: "TYPE_FP32", dims: [10] }],
    dynamic_batching: { max_queue_delay_microseconds: 0 },
    instance_group: [{ name: "a", kind: "KIND_CPU", count: 1 }],
    parameters: { weight: { string_value: "2" }, warmupMs: { string_value: "0" } },
  };
  expect(JSON.parse((await get(`${url}/v2/models/a/config`)).text)).toEqual(config);
  expect(JSON.parse((await get(`${url}/v2/models/a/versions/1/config`)).text)).toEqual(config);
});

test("where rows may not share, the configuration has no batch size", async () => {
  const folder = emptyFolder();
  put(DIGITS, folder, "a", "1", "model.pt2");
  configure(folder, "a", { deterministic: true });
  const { url } = await servingFolder(folder);
  const config = JSON.parse((await get(`${url}/v2/models/a/config`)).text);
  expect(config).toMatchObject({ max_batch_size: 0, input: [{ dims: [-1, 1, 28, 28] }], output: [{ dims: [-1, 10] }] });
  expect(config.dynamic_batching).toBeUndefined();
});
