import type { Value } from "../../../graph/index.ts";
import type { Scope } from "./scope.ts";
import type { Session } from "./session.ts";

const HINT = "change a clone of the tensor";

function isShared(a: ReadonlySet<Value>, b: ReadonlySet<Value>): boolean {
  return [...a].some((value) => b.has(value));
}

/** A part of the program that changes copies of tensors, with what it gives. */
interface Part {
  readonly scope: Scope;
  readonly results: readonly Value[];
}

/**
 * A branch or a loop changes copies of the tensors around it, which are written back after it. Refuses what would tell
 * a copy from the tensor: another view of it that the part takes, and a view of the copy that the part gives.
 */
export function checkCopies(
  session: Session,
  changed: readonly Value[],
  taken: readonly Value[],
  parts: readonly Part[],
): void {
  for (const value of changed) {
    const memory = session.scope.memoryOf(value);
    const isTaken = taken.some((other) => other !== value && isShared(memory, session.scope.memoryOf(other)));
    if (isTaken) session.refuse("a branch or loop that changes a tensor in place and uses another view of it", HINT);
    for (const { scope, results } of parts) {
      const copy = new Set([scope.localize(value)]);
      if (results.some((result) => isShared(scope.memoryOf(result), copy)))
        session.refuse("a branch or loop that changes a tensor in place and gives a view of it", HINT);
    }
  }
}

/** Writes what a branch or a loop left in its copies back. */
export function writeBack(session: Session, changed: readonly Value[], results: readonly Value[]): void {
  for (const [i, value] of changed.entries()) {
    const args = { self: { value }, src: { value: results[i] as Value } };
    session.scope.add("aten.copy_.default", args, [value.type], session.origin);
  }
}
