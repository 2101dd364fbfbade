import type { AbortSignalLike } from "../util/index.ts";
import type { InferenceWatch } from "./observe/inference-watch.ts";

/** A request, whatever carries it. */
export interface Call {
  /** What stands in place of the route's `:name`. */
  readonly params: Readonly<Partial<Record<string, string>>>;
  readonly body: Uint8Array;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignalLike;
  /** Undefined: nobody wants to know. */
  readonly watch: InferenceWatch | undefined;
  /** @param name in lower case */
  header(name: string): string | undefined;
}
