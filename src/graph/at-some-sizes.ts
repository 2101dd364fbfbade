import { RelayError } from "../core/index.ts";
import type { Program } from "./program.ts";

const NOT_IMPLEMENTED = 501;

/** What `use` makes of a program whose sizes are open; of the same at the sizes of its trace when open ones are not supported. */
export function atSomeSizes<Result>(program: Program, use: (program: Program) => Result): Result {
  try {
    return use(program);
  } catch (error) {
    const isOpen = program.atTracedSizes && error instanceof RelayError && error.httpStatus === NOT_IMPLEMENTED;
    if (isOpen && program.atTracedSizes) return use(program.atTracedSizes());
    throw error;
  }
}
