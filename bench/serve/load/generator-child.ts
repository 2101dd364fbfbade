/** The load generator: a process of its own, so that it shares no event loop with the benchmark. Takes loads by IPC. */
import { randomNumbers } from "../../random-numbers.ts";
import { ClosedLoop } from "./closed-loop.ts";
import type { Connection } from "./connection.ts";
import { GrpcConnection } from "./grpc-connection.ts";
import { HttpConnection } from "./http-connection.ts";
import type { Load, LoadEvent } from "./load.ts";
import { OpenLoop } from "./open-loop.ts";
import { Recorder } from "./recorder.ts";

const CONNECT: Readonly<Record<Load["protocol"], (port: number) => Connection>> = {
  http: (port) => new HttpConnection(port),
  grpc: (port) => new GrpcConnection(port),
};

function tell(event: LoadEvent): void {
  process.send?.(event);
}

async function run(load: Load): Promise<void> {
  const recorder = new Recorder(load);
  const task = {
    ...load,
    // Messages come as plain views; sockets and gRPC take buffers.
    requests: load.requests.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    connect: () => CONNECT[load.protocol](load.port),
    random: randomNumbers(load.seed),
    recorder,
    measuring: () => tell({ kind: "measuring" }),
    measured: () => tell({ kind: "measured" }),
  };
  const { arrivals } = load;
  const loop =
    arrivals.kind === "closed" ? new ClosedLoop({ ...task, ...arrivals }) : new OpenLoop({ ...task, ...arrivals });
  const seconds = await loop.run();
  tell({ kind: "done", result: recorder.result(seconds) });
}

process.on("message", (load: Load) => void run(load));
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole process group; the benchmark ends this process itself.
process.on("SIGINT", () => {});
