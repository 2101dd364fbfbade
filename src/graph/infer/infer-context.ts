import type { Dim } from "../../core/index.ts";

/** What inference asks of its surroundings. */
export interface InferContext {
  /** A new size that only the data decide, such as the rows of nonzero; never negative. */
  symbol(hint: string): Dim;
  /** Told of two different symbolic sizes that the operator needs to be equal; the first is kept. */
  assumeEqual?(a: Dim, b: Dim): void;
}
