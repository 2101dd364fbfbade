import type { Model } from "../../dist/index.js";
import type { ProtobufMessage, ProtobufRecord } from "../../src/container/index.ts";
import { echoOf, type Serving, serving } from "./serving.ts";

export interface Busy extends Serving {
  readonly model: Model;
}

/** A server whose one worker takes so long for each request to `echo`. */
export async function slow(delayMs = 500): Promise<Busy> {
  const site = await serving();
  const model = await site.engine.open(echoOf(["int32"], { delayMs }), { warmupMs: 0, maxBatchRows: 1 });
  site.server.add("echo", model);
  return { ...site, model };
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** A request to `echo`, by the name of its value. */
export function request(value: number, parameters: Readonly<Record<string, ProtobufMessage>> = {}): ProtobufMessage {
  return {
    model_name: "echo",
    id: String(value),
    inputs: [{ name: "x_int32", datatype: "INT32", shape: [1, 1], contents: { int_contents: [value] } }],
    parameters: Object.entries(parameters).map(([key, given]) => ({ key, value: given })),
  };
}

/** The one value that `echo` has answered. */
export function echoed(response: ProtobufRecord | undefined): number | undefined {
  const [bytes] = response?.bytes("raw_output_contents") ?? [];
  return bytes && Buffer.from(bytes).readInt32LE();
}
