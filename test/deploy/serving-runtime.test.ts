import { copyFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { DIGITS, ended, scratch } from "../cli/torchrelay.ts";
import { type Container, field } from "./manifests.ts";
import { started } from "./started.ts";

const runtime: Container = field("kserve/serving-runtime.yaml", "ClusterServingRuntime", "spec.containers.0");

/** What KServe puts in place of the name and of the mount, and ports that are free. */
const ELSEWHERE = { "0.0.0.0": "127.0.0.1", "8080": "0", "9000": "0", "10000": "0" };

async function post(address: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

test("the runtime of KServe serves the model that is mounted, by the name of the InferenceService", async () => {
  const folder = scratch();
  copyFileSync(DIGITS, path.join(folder, "model.pt2"));
  const args = runtime.args.map((arg) => arg.replace("{{.Name}}", "my-digits").replace("/mnt/models", folder));
  const { child, url } = await started(args, ELSEWHERE);
  const { readinessProbe, livenessProbe } = runtime;
  for (const { httpGet } of [readinessProbe, livenessProbe]) expect((await fetch(url + httpGet.path)).status).toBe(200);

  const row = [Array.from({ length: 28 }, () => Array(28).fill(0))];
  const inputs = [{ name: "x", datatype: "FP32", shape: [1, 1, 28, 28], data: [row] }];
  expect(await post(`${url}/v2/models/my-digits/infer`, { inputs })).toMatchObject({
    model_name: "my-digits",
    outputs: [{ name: "logits", shape: [1, 10] }],
  });
  const { predictions } = (await post(`${url}/v1/models/my-digits:predict`, { instances: [row] })) as {
    predictions: readonly (readonly number[])[];
  };
  expect(predictions.map((logits) => logits.length)).toEqual([10]);

  child.kill("SIGTERM");
  expect(await ended(child)).toMatchObject({ code: 0, stderr: "" });
}, 60_000);
