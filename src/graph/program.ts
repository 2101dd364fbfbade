import type { Tensor } from "../core/index.ts";
import type { Graph } from "./types.ts";

/** A module of the original program, for `inspect`: dotted path ("" is the root) and class name. */
export interface ModuleInfo {
  readonly path: string;
  readonly type: string;
}

/** Facts about the file a graph came from. */
export interface FormatInfo {
  /** Such as "PT2 archive" or "flat PT2 zip". */
  readonly container: string;
  readonly torchVersion?: string;
  readonly schemaVersion?: string;
  /** Such as "TRAINING" (pre-dispatch) or "ATEN" (decomposed). */
  readonly dialect?: string;
}

/** What every loader gives: the graph and what is known about it. */
export interface Program {
  readonly graph: Graph;
  readonly format: FormatInfo;
  readonly modules: readonly ModuleInfo[];
  /** Sample inputs that the file carries, in the order of the graph's inputs. */
  readonly sampleInputs?: readonly Tensor[];
  /** The same at the sizes that it was traced with, for when it does not run with open ones; to be called while the file is open. */
  readonly atTracedSizes?: () => Program;
}
