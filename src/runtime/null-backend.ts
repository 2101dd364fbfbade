import { type LoweredModel, RelayError } from "../core/index.ts";
import { assert } from "../util/index.ts";
import type { Backend, Binding, NullSessionRef, SessionHandle, SessionRef, TensorBuffer } from "./backend.ts";

/** Blocks the calling thread, as native code would. */
function block(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

class NullBinding implements Binding {
  readonly #ref: NullSessionRef;
  readonly #inputs: readonly TensorBuffer[];
  readonly #outputs: readonly (TensorBuffer | undefined)[];

  constructor(ref: NullSessionRef, inputs: readonly TensorBuffer[], outputs: readonly (TensorBuffer | undefined)[]) {
    this.#ref = ref;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  run(): readonly TensorBuffer[] {
    block(this.#ref.delayMs);
    this.#misbehave();
    return this.#outputs.map((output, i) => this.#echo(i, output));
  }

  #misbehave(): void {
    const trigger = this.#inputs[0]?.bytes[0];
    if (trigger === undefined) return;
    if (trigger === this.#ref.exitOn) process.exit(1);
    if (trigger === this.#ref.throwOn) throw new RelayError("RUN_FAILED", { reason: "asked to" });
  }

  #echo(i: number, output: TensorBuffer | undefined): TensorBuffer {
    const input = this.#inputs[i];
    assert(input, "the null model has as many inputs as outputs");
    if (!output) return { ...input, bytes: input.bytes.slice() };
    output.bytes.set(input.bytes);
    return output;
  }

  close(): void {}
}

/** Runs {@link NullSessionRef} models. */
export class NullBackend implements Backend {
  open(_model: LoweredModel): NullSessionRef {
    return { backend: "null", delayMs: 0 };
  }

  attach(ref: SessionRef): SessionHandle {
    assert(ref.backend === "null", "a null session");
    return { bind: (inputs, outputs) => new NullBinding(ref, inputs, outputs) };
  }

  async release(): Promise<void> {}

  close(): void {}
}
