import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpConnection } from "./load/http-connection.ts";
import { ProcessTree } from "./process-tree.ts";
import type { Command, Ports } from "./servers.ts";

const MARK = "TORCHRELAY_BENCH_SERVER";
const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 20;
const END_TIMEOUT_MS = 8000;
const LOG_TAIL = 3000;

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The status that a request is answered with, or why it is not. */
function ask(port: number, request: Uint8Array): Promise<number | string> {
  const connection = new HttpConnection(port);
  const status = new Promise<number | string>((resolve) => connection.send(request, resolve, resolve));
  return status.finally(() => connection.close());
}

/** A server in processes of its own. Close it when done. */
export class RunningServer implements AsyncDisposable {
  readonly ports: Ports;
  readonly tree: ProcessTree;
  readonly #child: ChildProcess;
  readonly #startedMs = performance.now();
  readonly #logFile: string;

  private constructor(command: Command, ports: Ports, logFile: string) {
    const mark = randomUUID();
    const log = openSync(logFile, "w");
    const folder = path.dirname(logFile);
    this.ports = ports;
    this.#logFile = logFile;
    this.#child = spawn(command.file, command.args, {
      // A group of its own: Ctrl-C is to reach the benchmark first, which ends the server.
      detached: true,
      env: { ...process.env, ...command.env, TMPDIR: folder, BENTOML_HOME: path.join(folder, "bentoml"), [MARK]: mark },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.tree = new ProcessTree(this.#child.pid ?? 0, `${MARK}=${mark}`);
  }

  static async start(command: (ports: Ports) => Command, logFile: string): Promise<RunningServer> {
    const ports = { http: await freePort(), grpc: await freePort() };
    return new RunningServer(command(ports), ports, logFile);
  }

  /** @returns milliseconds from the start to the first answer to `request` */
  async ready(request: Uint8Array): Promise<number> {
    const timeoutMs = this.#startedMs + READY_TIMEOUT_MS;
    for (let last: number | string = ""; performance.now() < timeoutMs; await sleep(POLL_MS)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#logTail()}`);
      last = await ask(this.ports.http, request);
      if (last === 200) return performance.now() - this.#startedMs;
      if (typeof last === "number" && last < 500 && last !== 404) throw new Error(`status ${last}: ${this.#logTail()}`);
    }
    throw new Error(`it was not ready in time: ${this.#logTail()}`);
  }

  #logTail(): string {
    return readFileSync(this.#logFile, "utf8").slice(-LOG_TAIL);
  }

  /** At once, for when the benchmark itself is ended. */
  kill(): void {
    for (let tries = 0; tries < 10 && this.tree.isAlive; tries++) this.tree.signal("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const endMs = performance.now() + END_TIMEOUT_MS;
    if (this.#child.exitCode === null) this.#child.kill("SIGTERM");
    while (this.tree.isAlive && performance.now() < endMs) await sleep(POLL_MS);
    while (this.tree.isAlive) {
      this.tree.signal("SIGKILL");
      await sleep(POLL_MS);
    }
  }
}
