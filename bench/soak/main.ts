/**
 * Holds a server under mixed load for a while: reloads, killed workers, failing models, disconnecting clients and
 * malformed bodies. `npm run soak -- [minutes]`, 10 by default. Ends with code 1 when an answer was lost or wrong, or
 * memory or handles grew.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FileSource } from "torchrelay";
import { mean, median } from "../measure.ts";
import { randomNumbers } from "../random-numbers.ts";
import { CLIENTS, digitsClient, type Soak, type SoakClient } from "./clients.ts";
import { GrpcEcho } from "./grpc-client.ts";
import type { Facts, Listening, Reloads } from "./protocol.ts";
import { Tally } from "./tally.ts";

/** Memory may grow by this share from the second fifth of the time to the last. */
const MAX_GROWTH = 0.1;

/** Often enough that a mean does not depend on how many versions of a model were loaded when samples were taken. */
const SAMPLE_MS = 2000;

const minutes = Number(process.argv[2] ?? 10);
if (!(minutes > 0)) {
  console.error("usage: npm run soak -- [MINUTES]");
  process.exit(2);
}

const child = fork(path.join(import.meta.dirname, "server.js"), { execArgv: ["--expose-gc"] });
const stop = new AbortController();
child.on("exit", () => stop.abort());
process.on("SIGINT", () => stop.abort());

async function ask<T>(what: "facts" | "reloads"): Promise<T> {
  const answer = once(child, "message");
  child.send(what);
  return (await answer)[0] as T;
}

async function goOn(client: SoakClient, soak: Soak): Promise<void> {
  while (!soak.signal.aborted) await client(soak);
}

const [at] = (await once(child, "message")) as [Listening];
const tally = new Tally();
let ids = 0;
const soak: Soak = {
  at,
  tally,
  grpc: new GrpcEcho(at.grpcPort),
  signal: stop.signal,
  random: randomNumbers(1),
  nextId: () => ++ids,
};
const clients = [...CLIENTS, [2, await digitsClient(at, new FileSource("examples/digits/test-images.npz"))] as const];
const running = clients.flatMap(([count, client]) => Array.from({ length: count }, () => goOn(client, soak)));

const samples: Facts[] = [];
const endMs = performance.now() + minutes * 60_000;
while (performance.now() < endMs && !stop.signal.aborted) {
  await sleep(SAMPLE_MS, undefined, { signal: stop.signal }).catch(() => {});
  if (child.connected) samples.push(await ask<Facts>("facts"));
}
stop.abort();
await Promise.all(running);
const hasDied = child.exitCode !== null;
tally.expect(!hasDied, "the server died");

const fifth = Math.floor(samples.length / 5);
const memory = Array.from({ length: 5 }, (_, i) =>
  mean(samples.slice(i * fifth, (i + 1) * fifth).map(({ rssBytes }) => rssBytes)),
);
const growth = (memory[4] as number) / (memory[1] as number) - 1;
tally.expect(!(growth > MAX_GROWTH), `memory grew by ${(100 * growth).toFixed(1)} %`);
const files = samples.map((sample) => sample.files);
tally.expect(median(files.slice(-fifth)) <= median(files.slice(fifth, 2 * fifth)) + 5, "open files grew");
const handles = (sample: Facts | undefined, kind: string): number => sample?.handles[kind] ?? 0;
for (const kind of new Set(samples.flatMap((sample) => Object.keys(sample.handles)))) {
  const early = median(samples.slice(fifth, 2 * fifth).map((sample) => handles(sample, kind)));
  const late = median(samples.slice(-fifth).map((sample) => handles(sample, kind)));
  tally.expect(late <= early + 5, `handles of kind ${kind} grew from ${early} to ${late}`);
}

const reloads = hasDied ? undefined : await ask<Reloads>("reloads");
tally.expect(!reloads?.failed, `${reloads?.failed} models failed to load`);
soak.grpc.close();
if (!hasDied) {
  child.send("end");
  await once(child, "exit");
}
for (const [what, count] of [...tally.counts].sort()) console.log(`${String(count).padStart(10)}  ${what}`);
if (reloads) console.log(`${String(reloads.loaded).padStart(10)}  models loaded (${reloads.failed} failed)`);
const mib = memory.map((bytes) => Math.round(bytes / 2 ** 20)).join(" ");
console.log(
  `memory ${mib} MiB, means of the fifths of the time (${(100 * growth).toFixed(1)} % from the second to the last)`,
);
for (const [finding, count] of tally.findings) console.log(`FOUND ${count} × ${finding}`);
console.log(tally.findings.size === 0 ? "nothing lost, nothing wrong, nothing leaked" : "failed");
process.exitCode = tally.findings.size === 0 ? 0 : 1;
