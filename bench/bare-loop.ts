import { parentPort, workerData } from "node:worker_threads";
import { OrtBackend, type SessionRef } from "#dist/runtime/index.js";

/** What a bare loop is told: a session of another thread, the shapes of one row, and for how long to run. */
export interface BareLoopTask {
  readonly session: SessionRef;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly ms: number;
}

function bytes(shape: readonly number[]): Uint8Array {
  return new Uint8Array(4 * shape.reduce((a, b) => a * b));
}

/** Calls the native Run one after another on fixed memory, and gives the rate per second. */
function bareLoop({ session, inputShape, outputShape, ms }: BareLoopTask): number {
  const backend = new OrtBackend();
  const input = { dtype: "float32", shape: inputShape, bytes: bytes(inputShape) } as const;
  const output = { dtype: "float32", shape: outputShape, bytes: bytes(outputShape) } as const;
  const binding = backend.attach(session).bind([input], [output]);
  binding.run();
  const start = performance.now();
  let runs = 0;
  for (; performance.now() < start + ms; runs++) binding.run();
  const seconds = (performance.now() - start) / 1000;
  binding.close();
  return runs / seconds;
}

parentPort?.postMessage(bareLoop(workerData as BareLoopTask));
