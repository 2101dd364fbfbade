import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { DIGITS, ended, torchrelay } from "../cli/torchrelay.ts";
import { ROOT } from "../project/source-files.ts";
import { type Container, deployFile, documents, field, optionOf } from "./manifests.ts";
import { started } from "./started.ts";

const KUBERNETES = "kubernetes/torchrelay.yaml";
const RUNTIME = "kserve/serving-runtime.yaml";
const SERVICES = "kserve/inference-service.yaml";
const PENDING = "nv_inference_pending_request_count";

const container: Container = field(KUBERNETES, "Deployment", "spec.template.spec.containers.0");
const runtime: Container = field(RUNTIME, "ClusterServingRuntime", "spec.containers.0");
const instructions = deployFile("Containerfile").replaceAll("\\\n", "").split("\n");
const unit = deployFile("systemd/torchrelay.service");

/** What follows an instruction of the Containerfile, each time it occurs. */
function instruction(name: string): readonly string[] {
  return instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
}

function setting(name: string, text = unit): string {
  const value = new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`there is no ${name}`);
  return value;
}

const imageCommand: readonly string[] = JSON.parse(instruction("CMD")[0] as string);
const unitCommand: readonly string[] = [
  ...setting("ExecStart").split(" ").slice(1),
  ...setting("OPTIONS", deployFile("systemd/torchrelay.env")).split(" "),
];
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  Containerfile: imageCommand,
  "systemd/torchrelay.service": unitCommand,
  [KUBERNETES]: container.args,
  [RUNTIME]: runtime.args,
};

test.each(Object.entries(COMMANDS))(
  "the command of %s has only options that the command line knows",
  async (_, args) => {
    const { stdout: help } = await torchrelay("serve", "--help");
    expect(args[0]).toBe("serve");
    const options = args.filter((arg) => arg.startsWith("--"));
    expect(options).toContain("--grace-ms");
    for (const option of options) expect(help).toContain(`${option} <`);
  },
);

test("ports agree: image, Deployment, Service, runtime and InferenceService", async () => {
  const { stdout: help } = await torchrelay("serve", "--help");
  const names = ["--port", "--grpc-port"];
  const portsOf = (args: readonly string[]): number[] => names.map((name) => Number(optionOf(args, name)));
  const defaults = names.map((name) => Number(new RegExp(`${name} <N>.*?default:\\s+(\\d+)`, "s").exec(help)?.[1]));
  expect(instruction("EXPOSE").map((ports) => ports.split(" ").map(Number))).toEqual([defaults]);
  expect(portsOf(container.args)).toEqual(container.ports?.map(({ containerPort }) => containerPort));
  const ports = field<readonly { targetPort: string }[]>(KUBERNETES, "Service", "spec.ports");
  expect(ports.map(({ targetPort }) => targetPort)).toEqual(container.ports?.map(({ name }) => name));
  const [grpcPort] = deployFile(SERVICES).match(/(?<=containerPort: )\d+/) ?? [];
  expect(portsOf(runtime.args)).toEqual([8080, Number(grpcPort)]);
  const { "prometheus.kserve.io/port": metrics } = field<Record<string, string>>(
    RUNTIME,
    "ClusterServingRuntime",
    "spec.annotations",
  );
  expect(metrics).toBe("8080");
});

test("probes ask at the port that speaks HTTP", () => {
  const ports = ({ startupProbe, readinessProbe, livenessProbe }: Container): unknown[] =>
    [startupProbe ?? readinessProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet.port);
  expect(ports(container)).toEqual(["http", "http", "http"]);
  expect(ports(runtime)).toEqual([8080, 8080, 8080]);
});

test("whoever stops the server waits for longer than its grace period", () => {
  const graceMs = (args: readonly string[]): number => Number(optionOf(args, "--grace-ms"));
  const seconds = field<number>(KUBERNETES, "Deployment", "spec.template.spec.terminationGracePeriodSeconds");
  expect(seconds * 1000).toBeGreaterThan(2 * graceMs(container.args));
  expect(Number(setting("TimeoutStopSec")) * 1000).toBeGreaterThan(2 * graceMs(unitCommand));
  expect(graceMs(runtime.args)).toBeLessThan(30_000); // what Kubernetes waits unless told otherwise
});

test("Service, budget and autoscaler select the pods of the Deployment", () => {
  const labels = field(KUBERNETES, "Deployment", "spec.template.metadata.labels");
  expect(field(KUBERNETES, "Deployment", "spec.selector.matchLabels")).toEqual(labels);
  expect(field(KUBERNETES, "Service", "spec.selector")).toEqual(labels);
  expect(field(KUBERNETES, "PodDisruptionBudget", "spec.selector.matchLabels")).toEqual(labels);
  const monitored = field("kubernetes/service-monitor.yaml", "ServiceMonitor", "spec.selector.matchLabels");
  expect(field(KUBERNETES, "Service", "metadata.labels")).toEqual(monitored);
  const target = field(KUBERNETES, "HorizontalPodAutoscaler", "spec.scaleTargetRef.name");
  expect(field(KUBERNETES, "Deployment", "metadata.name")).toBe(target);
  expect(field(KUBERNETES, "Deployment", "spec")).not.toHaveProperty("replicas");
});

test("no process runs as root, and V8 may compile", () => {
  const user = Number(/^(\d+):/.exec(instruction("USER")[0] as string)?.[1]);
  expect(user).toBeGreaterThan(0);
  const pods = field(KUBERNETES, "Deployment", "spec.template.spec.securityContext");
  expect(pods).toMatchObject({ runAsNonRoot: true, runAsUser: user });
  expect(setting("DynamicUser")).toBe("yes");
  expect(setting("MemoryDenyWriteExecute")).toBe("no");
});

test("the image is built from files that there are, on the oldest Node that the package takes", () => {
  const copied = instruction("COPY").filter((words) => !words.startsWith("--from"));
  const sources = copied.flatMap((words) => words.split(" ").slice(0, -1));
  expect(sources.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
  expect(instruction("FROM").map((words) => words.split(" ")[0])).toEqual(Array(3).fill("node:20-slim"));
});

/** The exit code of a Node program. */
function exitCode(script: string): Promise<number> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["-e", script]).on("exit", (code) => resolve(code ?? -1));
  });
}

test("the server of the Deployment answers the probes, the health check and Prometheus", async () => {
  const elsewhere: Readonly<Record<string, string>> = {
    "/models": path.dirname(DIGITS),
    "0.0.0.0": "127.0.0.1",
    "8000": "0",
    "8001": "0",
  };
  const { child, url } = await started(container.args, elsewhere);
  const status = async (route: string): Promise<number> => (await fetch(url + route)).status;
  for (const { startupProbe, readinessProbe, livenessProbe } of [container, runtime]) {
    for (const { httpGet } of [startupProbe ?? readinessProbe, readinessProbe, livenessProbe])
      expect(await status(httpGet.path)).toBe(200);
  }
  const check = JSON.parse(instruction("HEALTHCHECK")[0]?.replace(/^.*CMD /, "") as string) as readonly string[];
  const script = check.at(-1)?.replace("http://127.0.0.1:8000", url) as string;
  expect(await exitCode(script)).toBe(0);

  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [adapter] = documents("kubernetes/prometheus-adapter-values.yaml") as readonly [
    { rules: { custom: readonly { seriesQuery: string }[] } },
  ];
  expect(metrics).toContain(`\n${PENDING}{model="digits",version="1"} 0\n`);
  expect(field(KUBERNETES, "HorizontalPodAutoscaler", "spec.metrics.0.pods.metric.name")).toBe(PENDING);
  expect(adapter.rules.custom[0]?.seriesQuery).toBe(`${PENDING}{namespace!="",pod!=""}`);
  expect(deployFile(SERVICES)).toContain(`${PENDING}{model=`);

  child.kill("SIGTERM");
  while ((await status(container.readinessProbe.httpGet.path)) === 200);
  expect(await status(container.livenessProbe.httpGet.path)).toBe(200);
  child.kill("SIGTERM");
  expect((await ended(child)).code).toBe(0);
  expect(await exitCode(script)).toBe(1);
}, 60_000);
