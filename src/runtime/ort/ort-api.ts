import { RelayError } from "../../core/index.ts";
import type { OrtFunctionName } from "./api-table.ts";
import { loadNativeLibrary, type NativeArgument, type NativeLibrary, type OrtFunctions } from "./native-library.ts";

/** ONNX Runtime's C API with statuses turned into errors. Belongs to one thread. */
export class OrtApi {
  readonly library: NativeLibrary;
  readonly functions: OrtFunctions;
  readonly #out: BigUint64Array = new BigUint64Array(1);

  constructor() {
    this.library = loadNativeLibrary();
    this.functions = this.library.functions;
  }

  /** Throws when `status`, the result of a native call, is not the null pointer that means success. */
  check(status: unknown): void {
    if (status === null) return;
    const reason = String(this.functions.GetErrorMessage(status as bigint));
    const ortCode = Number(this.functions.GetErrorCode(status as bigint));
    this.functions.ReleaseStatus(status as bigint);
    throw new RelayError("RUN_FAILED", { reason, ortCode });
  }

  call(name: OrtFunctionName, ...args: NativeArgument[]): void {
    this.check(this.functions[name](...args));
  }

  /** Calls a function whose last parameter is an out pointer and returns what was written there. */
  make(name: OrtFunctionName, ...args: NativeArgument[]): bigint {
    this.#out[0] = 0n;
    this.call(name, ...args, this.#out);
    return this.#out[0];
  }
}
