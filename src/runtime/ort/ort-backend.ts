import type { LoweredModel } from "../../core/index.ts";
import { assert } from "../../util/index.ts";
import type { Backend, OrtSessionRef, SessionOptions, SessionRef, StopToken } from "../backend.ts";
import type { NativeArgument, NativeFunction } from "./native-library.ts";
import { OrtApi } from "./ort-api.ts";
import { OrtSessionHandle } from "./ort-session.ts";

const LOG_FATAL = 4;
const OPTIMIZE_ALL = 99;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;

/** How the threads of one run share its operators (docs/adr/0006). */
const SHARED_RUN: Readonly<Record<string, string>> = {
  // They spin while a run goes on, so that none needs waking for each operator, and sleep when it has ended.
  "session.intra_op.allow_spinning": "1",
  "session.force_spinning_stop": "1",
  // Many small parts: a thread that something else holds up holds up little.
  "session.dynamic_block_base": "4",
};

function configEntries(model: LoweredModel, { intraOpThreads }: SessionOptions): Readonly<Record<string, string>> {
  const folder = model.externalFolder;
  return {
    ...(intraOpThreads > 1 && SHARED_RUN),
    ...(folder !== undefined && { "session.model_external_initializers_file_folder_path": folder }),
  };
}

/** Calls a native function in a thread of libuv's pool. */
function inBackground(native: NativeFunction, ...args: NativeArgument[]): Promise<unknown> {
  return new Promise((resolve, reject) =>
    native.async(...args, (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result))),
  );
}

/** ONNX Runtime through its C API, as one thread sees it. The native environment is shared by the process. */
export class OrtBackend implements Backend {
  readonly #api: OrtApi = new OrtApi();
  readonly #env: bigint;
  readonly #memoryInfo: bigint;
  readonly #stopTokens: StopToken[] = [];

  /** @throws RelayError RUNTIME_UNAVAILABLE */
  constructor() {
    this.#env = this.#api.make("CreateEnv", LOG_FATAL, "torchrelay");
    this.#api.call("DisableTelemetryEvents", this.#env);
    this.#memoryInfo = this.#api.make("CreateCpuMemoryInfo", ARENA_ALLOCATOR, DEFAULT_MEMORY);
  }

  get version(): string {
    return this.#api.library.version;
  }

  get libraryFile(): string {
    return this.#api.library.file;
  }

  /** A token for runs bound in this thread; freed with the backend. */
  newStopToken(): StopToken {
    const token = this.#api.make("CreateRunOptions");
    this.#stopTokens.push(token);
    return token;
  }

  open(model: LoweredModel, options: SessionOptions): OrtSessionRef {
    const native = this.#sessionOptions(model, options);
    try {
      const { onnx, inputNames, outputNames } = model;
      const address = this.#api.make("CreateSessionFromArray", this.#env, onnx, onnx.byteLength, native);
      return { backend: "ort", address, inputNames, outputNames };
    } finally {
      this.#api.functions.ReleaseSessionOptions(native);
    }
  }

  #sessionOptions(model: LoweredModel, options: SessionOptions): bigint {
    const native = this.#api.make("CreateSessionOptions");
    this.#api.call("SetSessionLogSeverityLevel", native, LOG_FATAL);
    this.#api.call("SetSessionGraphOptimizationLevel", native, OPTIMIZE_ALL);
    this.#api.call("SetIntraOpNumThreads", native, options.intraOpThreads);
    this.#api.call("SetInterOpNumThreads", native, 1);
    for (const [key, value] of Object.entries(configEntries(model, options))) {
      this.#api.call("AddSessionConfigEntry", native, key, value);
    }
    return native;
  }

  attach(ref: SessionRef): OrtSessionHandle {
    assert(ref.backend === "ort", "an ONNX Runtime session");
    return new OrtSessionHandle(this.#api, ref, this.#memoryInfo);
  }

  async release(ref: SessionRef): Promise<void> {
    assert(ref.backend === "ort", "an ONNX Runtime session");
    const { functions, mallocTrim } = this.#api.library;
    await inBackground(functions.ReleaseSession, ref.address);
    if (mallocTrim) await inBackground(mallocTrim, 0);
  }

  /** Frees a session. Blocks. */
  releaseSync(ref: SessionRef): void {
    assert(ref.backend === "ort", "an ONNX Runtime session");
    this.#api.functions.ReleaseSession(ref.address);
  }

  /** Gives memory that is free, but kept for later, back to the system. Blocks. */
  trim(): void {
    this.#api.library.mallocTrim?.(0);
  }

  /** Stops the run bound with `token`, in whatever thread; it and later ones fail with CANCELLED until {@link resume}. */
  stop(token: StopToken): void {
    this.#api.call("RunOptionsSetTerminate", token);
  }

  resume(token: StopToken): void {
    this.#api.call("RunOptionsUnsetTerminate", token);
  }

  /** Whether the runs bound with `token` end by giving back what they, and those before, took for intermediate results. */
  shrinkAfterRuns(token: StopToken, shrinks: boolean): void {
    this.#api.call("AddRunConfigEntry", token, "memory.enable_memory_arena_shrinkage", shrinks ? "cpu:0" : "");
  }

  close(): void {
    for (const token of this.#stopTokens) this.#api.functions.ReleaseRunOptions(token);
    this.#api.functions.ReleaseMemoryInfo(this.#memoryInfo);
    this.#api.functions.ReleaseEnv(this.#env);
  }
}
