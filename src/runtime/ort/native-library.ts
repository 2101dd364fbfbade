import { createRequire } from "node:module";
import path from "node:path";
import { RelayError } from "../../core/index.ts";
import { ORT_API, type OrtFunctionName } from "./api-table.ts";
import { type Ffi, loadFfi, PLATFORMS } from "./ffi.ts";
import { findMallocTrim } from "./malloc-trim.ts";
import { forbidTelemetry } from "./telemetry.ts";

/** Version of the C API that is asked for; the functions used here exist since 1.17. */
const API_VERSION = 17;

/** Entries of the function table that are read; all positions used are below. */
const TABLE_LENGTH = 166;

const LIBRARY_FILE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

export type NativeArgument = bigint | number | string | null | NodeJS.ArrayBufferView;
type NativeCallback = (error: Error | null, result: unknown) => void;
export interface NativeFunction {
  (...args: NativeArgument[]): unknown;
  /** The same call in a thread of libuv's pool. */
  readonly async: (...args: [...NativeArgument[], NativeCallback]) => void;
}
export type OrtFunctions = Readonly<Record<OrtFunctionName, NativeFunction>>;

export interface NativeLibrary {
  readonly version: string;
  readonly file: string;
  readonly functions: OrtFunctions;
  readonly ffi: Ffi;
  /** glibc's function of that name, where there is glibc. */
  readonly mallocTrim: NativeFunction | undefined;
  /**
   * What koffi frees when JavaScript no longer holds it, although the functions go on needing it: the library (a function
   * found by address does not keep it loaded) and the prototypes. Hold this object for as long as a function is used.
   */
  readonly held: readonly unknown[];
}

function unavailable(reason: string, cause?: unknown): RelayError {
  return new RelayError("RUNTIME_UNAVAILABLE", { reason, hint: PLATFORMS }, { cause });
}

function libraryFile(): string {
  const name = LIBRARY_FILE[process.platform];
  if (!name) throw unavailable(`there is no build for ${process.platform}`);
  try {
    const root = path.dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
    return path.join(root, "bin", "napi-v6", process.platform, process.arch, name);
  } catch (cause) {
    throw unavailable("the package onnxruntime-node is not installed", cause);
  }
}

/** Turns addresses into functions, and holds what they need. */
class FunctionBinder {
  readonly held: unknown[] = [];
  readonly ffi: Ffi = loadFfi();

  bind(address: bigint, result: string, parameters: readonly string[]): NativeFunction {
    const prototype = this.ffi.proto(result, [...parameters]);
    this.held.push(prototype);
    return this.ffi.decode(address, prototype) as NativeFunction;
  }
}

function pointersAt(ffi: Ffi, address: bigint, count: number): BigUint64Array {
  return new BigUint64Array(ffi.view(address, count * BigUint64Array.BYTES_PER_ELEMENT));
}

/** Each is bound when it is first used: a thread uses few, and koffi does not free them when the thread ends. */
function bindFunctions(table: BigUint64Array, binder: FunctionBinder): OrtFunctions {
  const functions = {};
  for (const [name, [position, result, parameters]] of Object.entries(ORT_API)) {
    const address = table[position];
    if (!address) throw unavailable(`the library lacks ${name}`);
    const get = (): NativeFunction => {
      const value = binder.bind(address, result, parameters);
      Object.defineProperty(functions, name, { value });
      return value;
    };
    Object.defineProperty(functions, name, { get, configurable: true });
  }
  return functions as OrtFunctions;
}

function loadApiBase(file: string, binder: FunctionBinder): BigUint64Array {
  try {
    forbidTelemetry(binder.ffi);
    const library = binder.ffi.load(file);
    binder.held.push(library);
    return pointersAt(binder.ffi, library.func("OrtGetApiBase", "void *", [])() as bigint, 2);
  } catch (cause) {
    throw unavailable(`${path.basename(file)} does not load: ${(cause as Error).message}`, cause);
  }
}

/**
 * Loads ONNX Runtime's shared library into this thread. Cheap after the first thread: the operating system keeps one copy.
 * @throws RelayError RUNTIME_UNAVAILABLE
 */
export function loadNativeLibrary(file: string = libraryFile()): NativeLibrary {
  const binder = new FunctionBinder();
  const [getApi = 0n, getVersion = 0n] = loadApiBase(file, binder);
  const version = binder.bind(getVersion, "str", [])() as string;
  const api = binder.bind(getApi, "void *", ["uint32"])(API_VERSION) as bigint | null;
  if (!api) throw unavailable(`version ${version} does not speak C API ${API_VERSION}`);
  const functions = bindFunctions(pointersAt(binder.ffi, api, TABLE_LENGTH), binder);
  const { ffi, held } = binder;
  return { version, file, functions, ffi, mallocTrim: findMallocTrim(ffi), held };
}
