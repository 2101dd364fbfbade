import { RelayError } from "../../core/index.ts";
import { assert } from "../../util/index.ts";
import type { Binding, OrtSessionRef, SessionHandle, StopToken, TensorBuffer } from "../backend.ts";
import type { Ffi } from "./ffi.ts";
import type { OrtApi } from "./ort-api.ts";
import { copyTensor, wrapTensor } from "./ort-tensor.ts";

const TERMINATED = /terminate flag/i;

/** ORT_INVALID_ARGUMENT. */
const INVALID_ARGUMENT = 2;

/** What the operator said, without the name of its node. */
const STATUS_MESSAGE = /Status Message: (.+)/;

/** C strings and the array of pointers to them. The object must outlive every use of `pointers`. */
class NativeNames {
  readonly #strings: readonly Buffer[];
  readonly pointers: BigUint64Array;

  constructor(ffi: Ffi, names: readonly string[]) {
    this.#strings = names.map((name) => Buffer.from(`${name}\0`));
    this.pointers = BigUint64Array.from(this.#strings, (string) => ffi.address(string));
  }
}

class OrtBinding implements Binding {
  readonly #session: OrtSessionHandle;
  readonly #inputs: BigUint64Array;
  readonly #outputs: BigUint64Array;
  readonly #bound: readonly (TensorBuffer | undefined)[];
  readonly #owned: readonly bigint[];
  readonly #stopToken: StopToken | null;
  /** What the native values point to: held here so that it is not collected before them. */
  readonly memory: readonly TensorBuffer[];

  constructor(
    session: OrtSessionHandle,
    inputs: readonly TensorBuffer[],
    outputs: readonly (TensorBuffer | undefined)[],
    stopToken: StopToken | null,
  ) {
    this.#session = session;
    this.#stopToken = stopToken;
    this.#bound = outputs;
    this.#inputs = BigUint64Array.from(inputs, (buffer) => session.wrap(buffer));
    this.#outputs = BigUint64Array.from(outputs, (buffer) => (buffer ? session.wrap(buffer) : 0n));
    this.#owned = [...this.#inputs, ...this.#outputs].filter((address) => address !== 0n);
    this.memory = [...inputs, ...outputs.filter((buffer) => buffer !== undefined)];
  }

  run(): readonly TensorBuffer[] {
    this.#session.run(this.#inputs, this.#outputs, this.#stopToken);
    return this.#bound.map((buffer, i) => buffer ?? this.#takeOutput(i));
  }

  #takeOutput(i: number): TensorBuffer {
    const value = this.#outputs[i] ?? 0n;
    this.#outputs[i] = 0n;
    try {
      return copyTensor(this.#session.api, value);
    } finally {
      this.#session.api.functions.ReleaseValue(value);
    }
  }

  close(): void {
    for (const value of this.#owned) this.#session.api.functions.ReleaseValue(value);
  }
}

/** What a run ended with: stopped, refused by an operator for its inputs (an index out of range), or failed. */
function runError(error: RelayError): RelayError {
  if (TERMINATED.test(error.message))
    return new RelayError("CANCELLED", { reason: "the run was stopped" }, { cause: error });
  if (error.details["ortCode"] !== INVALID_ARGUMENT) return error;
  const [, reason = String(error.details["reason"])] = STATUS_MESSAGE.exec(error.message) ?? [];
  return new RelayError("INPUT_VALUE", { reason }, { cause: error });
}

/** One thread's handle on a native session: its own names and pointers, the shared session. */
export class OrtSessionHandle implements SessionHandle {
  readonly api: OrtApi;
  readonly #session: bigint;
  readonly #memoryInfo: bigint;
  readonly #inputNames: NativeNames;
  readonly #outputNames: NativeNames;

  constructor(api: OrtApi, ref: OrtSessionRef, memoryInfo: bigint) {
    this.api = api;
    this.#session = ref.address;
    this.#memoryInfo = memoryInfo;
    this.#inputNames = new NativeNames(api.library.ffi, ref.inputNames);
    this.#outputNames = new NativeNames(api.library.ffi, ref.outputNames);
  }

  /** A run reads as many names as it is given tensors: one more would be read from beyond the names. */
  bind(
    inputs: readonly TensorBuffer[],
    outputs: readonly (TensorBuffer | undefined)[],
    stopToken: StopToken | null = null,
  ): Binding {
    const [taken, given] = [this.#inputNames.pointers.length, this.#outputNames.pointers.length];
    assert(inputs.length === taken, `${inputs.length} inputs for a session that takes ${taken}`);
    assert(outputs.length === given, `${outputs.length} outputs for a session that gives ${given}`);
    return new OrtBinding(this, inputs, outputs, stopToken);
  }

  wrap(buffer: TensorBuffer): bigint {
    return wrapTensor(this.api, this.#memoryInfo, buffer);
  }

  run(inputs: BigUint64Array, outputs: BigUint64Array, stopToken: StopToken | null): void {
    const status = this.api.functions.Run(
      this.#session,
      stopToken,
      this.#inputNames.pointers,
      inputs,
      inputs.length,
      this.#outputNames.pointers,
      outputs.length,
      outputs,
    );
    if (status !== null) this.#fail(status);
  }

  #fail(status: unknown): never {
    try {
      this.api.check(status);
    } catch (error) {
      throw runError(error as RelayError);
    }
    throw new Error("unreachable: a status was not an error");
  }
}
