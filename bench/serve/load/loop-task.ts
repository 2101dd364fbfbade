import type { Connection } from "./connection.ts";
import type { Recorder } from "./recorder.ts";

/** What every kind of load is made of. */
export interface LoopTask {
  readonly seconds: number;
  /** One of them is chosen for each request. */
  readonly requests: readonly Uint8Array[];
  readonly connect: () => Connection;
  readonly random: () => number;
  readonly recorder: Recorder;
  readonly measuring: () => void;
  readonly measured: () => void;
}
