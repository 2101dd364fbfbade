/** The server that is soaked: a process of its own, so that its memory and handles can be told from the load's. */
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Engine } from "torchrelay";
import { Server } from "torchrelay/server";
import type { ModelSource } from "#dist/workers/index.js";
import { EXIT_ON, type Facts, type Listening, THROW_ON } from "./protocol.ts";

/** y = x for x of int32[n, 2]. Ends the thread, or throws, when a batch begins with one of these numbers. */
const ECHO: ModelSource = {
  kind: "session",
  session: { backend: "null", delayMs: 1, exitOn: EXIT_ON, throwOn: THROW_ON },
  signature: {
    inputs: [{ name: "x", dtype: "int32", shape: [{ op: "symbol", name: "n" }, 2] }],
    outputs: [{ name: "y", dtype: "int32", shape: [{ op: "symbol", name: "n" }, 2] }],
    symbols: { n: { min: 0, max: Number.POSITIVE_INFINITY } },
    batchSymbol: "n",
  },
};

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function facts(): Promise<Facts> {
  globalThis.gc?.();
  const files = await readdir("/proc/self/fd").catch(() => []);
  return { rssBytes: process.memoryUsage.rss(), handles: count(process.getActiveResourcesInfo()), files: files.length };
}

const folder = await mkdtemp(path.join(os.tmpdir(), "torchrelay-soak-"));
await mkdir(path.join(folder, "digits/1"), { recursive: true });
await copyFile(path.resolve("examples/digits/digits.pt2"), path.join(folder, "digits/1/model.pt2"));

const engine = new Engine({ workers: 2 });
const server = new Server(engine);
const reloads = { loaded: 0, unloaded: 0, failed: 0 };
await server.openRepository([{ path: folder }], {
  watch: true,
  onEvent: ({ kind }) => {
    if (kind !== "unreadable") reloads[kind]++;
  },
});
server.add("echo", await engine.open(ECHO, { warmupMs: 0, queueCapacityRows: 2000 }));
const url = await server.listen({ port: 0 });
const grpcPort = await server.listenGrpc({ port: 0 });

process.on("disconnect", () => process.exit());
process.on("message", (asked: "facts" | "reloads" | "end") => void answer(asked));

async function answer(asked: "facts" | "reloads" | "end"): Promise<void> {
  if (asked === "facts") process.send?.(await facts());
  if (asked === "reloads") process.send?.(reloads);
  if (asked !== "end") return;
  await server.close();
  await engine.close();
  await rm(folder, { recursive: true });
  process.disconnect();
}

process.send?.({ url, grpcPort, folder } satisfies Listening);
