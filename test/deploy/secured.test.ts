import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { DIGITS, ended, scratch, torchrelay } from "../cli/torchrelay.ts";
import { issue, makeAuthority } from "../server/authority.ts";
import { type Container, deployFile, field, type Probe } from "./manifests.ts";
import { started } from "./started.ts";

interface Operation {
  readonly path: string;
  readonly value: unknown;
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

const SERVICE_MONITOR = "kubernetes-secured/service-monitor.yaml";
const container: Container = field("kubernetes/torchrelay.yaml", "Deployment", "spec.template.spec.containers.0");
const overlay = parse(deployFile("kubernetes-secured/kustomization.yaml")) as {
  readonly patches: readonly { readonly target: { readonly kind: string }; readonly patch: string }[];
};
const changes: readonly Operation[] = parse(
  overlay.patches.find(({ target }) => target.kind === "Deployment")?.patch ?? "",
);

/** What the overlay adds to a list of the Deployment. */
function added<T>(list: string): readonly T[] {
  return changes.filter((change) => change.path.endsWith(`/${list}/-`)).map(({ value }) => value as T);
}

const args = added<string>("args");
const files = args.filter((arg) => arg.startsWith("/"));

test("the overlay has options that the command line knows, and mounts their files", async () => {
  const { stdout: help } = await torchrelay("serve", "--help");
  for (const option of args.filter((arg) => arg.startsWith("--"))) expect(help).toContain(`${option} <`);
  const mounts = added<Mount>("volumeMounts");
  const folders = mounts.map(({ mountPath }) => mountPath);
  expect(files.filter((file) => !folders.includes(path.posix.dirname(file)))).toEqual([]);
  expect(mounts.map(({ name }) => name)).toEqual(added<Mount>("volumes").map(({ name }) => name));
  const probes = changes.filter(({ value }) => value === "HTTPS").map((change) => change.path.split("/").at(-3));
  expect(probes).toEqual(Object.keys(container).filter((name) => name.endsWith("Probe")));
});

test("the settings of systemd name options that the command line knows", async () => {
  const { stdout: help } = await torchrelay("serve", "--help");
  const options = new Set(deployFile("systemd/torchrelay.env").match(/--[a-z-]+/g));
  expect([...options]).toEqual(expect.arrayContaining(["--tls-cert", "--api-keys", "--watch"]));
  expect([...options].filter((option) => !help.includes(`${option} `))).toEqual([]);
});

test("with certificates and keys, probes need no key and Prometheus has one", async () => {
  const folder = scratch();
  const authority = await makeAuthority("authority");
  const { cert, key } = await issue("torchrelay", authority);
  const sha256 = createHash("sha256").update("the-key").digest("hex");
  const contents: Readonly<Record<string, string>> = {
    "tls.crt": cert,
    "tls.key": key,
    "keys.json": JSON.stringify({ keys: [{ name: "prometheus", sha256 }] }),
  };
  for (const [name, text] of Object.entries(contents)) writeFileSync(path.join(folder, name), text);
  const { child, url } = await started([...container.args, ...args], {
    ...Object.fromEntries(files.map((file) => [file, path.join(folder, path.posix.basename(file))])),
    "/models": path.dirname(DIGITS),
    "0.0.0.0": "127.0.0.1",
    "8000": "0",
    "8001": "0",
    "10000": "0",
  });
  const status = async (route: string, headers: Record<string, string> = {}): Promise<number | undefined> => {
    const request = https.get(url + route, { ca: authority.cert, headers, agent: false });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  const { startupProbe, readinessProbe, livenessProbe } = container;
  for (const { httpGet } of [startupProbe as Probe, readinessProbe, livenessProbe])
    expect(await status(httpGet.path)).toBe(200);

  const endpoint = field<{ readonly path: string; readonly scheme: string }>(
    SERVICE_MONITOR,
    "ServiceMonitor",
    "spec.endpoints.0",
  );
  expect(endpoint).toMatchObject({ scheme: "https", authorization: { credentials: { key: "key" } } });
  expect(await status(endpoint.path)).toBe(401);
  expect(await status(endpoint.path, { authorization: "Bearer the-key" })).toBe(200);
  child.kill("SIGTERM");
  expect(await ended(child)).toMatchObject({ code: 0, stderr: "" });
}, 60_000);
