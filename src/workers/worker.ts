import { parentPort } from "node:worker_threads";
import { LANES_PER_WORKER, type ToWorker } from "./protocol.ts";
import { type Post, ThreadRuntime } from "./thread-runtime.ts";

/** The program of a worker thread. */
function main(port: NonNullable<typeof parentPort>): void {
  const post: Post = (message, transfer = []) => port.postMessage(message, transfer);
  const runtime = new ThreadRuntime(post);
  port.on("message", (message: ToWorker) => runtime.handle(message));
  runtime.start(LANES_PER_WORKER);
}

if (parentPort) main(parentPort);
