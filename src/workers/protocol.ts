import type { ErrorData, Signature } from "../core/index.ts";
import type { Graph } from "../graph/index.ts";
import type { ScriptOptions } from "../loader/index.ts";
import type { SessionRef, StopToken, TensorBuffer } from "../runtime/index.ts";
import type { SlabLayout } from "./slab.ts";

/** Runs a worker may have been given at once: one that it computes, one that waits so that it need not idle in between. */
export const LANES_PER_WORKER = 2;

/** Threads that one run uses, by the weights that it reads. */
export interface RunThreads {
  readonly small: number;
  /** From LARGE_WEIGHT_BYTES on. */
  readonly large: number;
}

/** How a model is opened. */
export interface LoadSettings {
  readonly threads: RunThreads;
  /** Whether random operators may give other numbers than PyTorch. Default false. */
  readonly allowNondeterministic?: boolean;
}

/** A model to load: a path, or the bytes of a file (over shared memory, so that they are not copied). */
export type ModelSource =
  | { readonly kind: "path"; readonly path: string; readonly script?: ScriptOptions }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly name: string; readonly script?: ScriptOptions }
  /** A graph that was not read from a file, such as that of a module written in TypeScript. */
  | { readonly kind: "graph"; readonly graph: Graph }
  /** No model at all: the null backend, for tests. */
  | { readonly kind: "session"; readonly session: SessionRef; readonly signature: Signature };

/** A model that a worker made ready: the session is shared by all threads of the process. */
export interface LoadedModel {
  readonly session: SessionRef;
  readonly signature: Signature;
  /** Threads that one run uses. */
  readonly intraOpThreads: number;
  /** Inputs that the file carries, in order. */
  readonly sampleInputs?: readonly TensorBuffer[];
}

/** A prepared run: a session, and where its tensors lie in a lane's slab. */
export interface RunPlan extends SlabLayout {
  /** Unique in the process. */
  readonly id: number;
  readonly session: SessionRef;
}

/**
 * What the main thread tells a worker. A lane is one slab with at most one run in flight; messages are handled in
 * order, one at a time.
 */
export type ToWorker =
  | { readonly kind: "load"; readonly source: ModelSource; readonly options: LoadSettings }
  /** The lane has a (new, larger) slab: what was prepared over the old one is forgotten. */
  | { readonly kind: "slab"; readonly lane: number; readonly slab: SharedArrayBuffer }
  | { readonly kind: "prepare"; readonly lane: number; readonly plan: RunPlan }
  | { readonly kind: "run"; readonly lane: number; readonly plan: number }
  /** No more runs of this session will be asked for. */
  | { readonly kind: "forget"; readonly session: SessionRef };

/** What a worker tells the main thread. Times of a run lie in the header of the slab. */
export type FromWorker =
  /** Takes work. A lane's stop token stops its run. */
  | { readonly kind: "ready"; readonly stopTokens: readonly StopToken[] }
  | { readonly kind: "loaded"; readonly model: LoadedModel }
  | { readonly kind: "notLoaded"; readonly error: ErrorData }
  /** `outputs` holds those whose place was not known before, in order. */
  | { readonly kind: "ran"; readonly lane: number; readonly outputs?: readonly TensorBuffer[] }
  | { readonly kind: "failed"; readonly lane: number; readonly error: ErrorData };
