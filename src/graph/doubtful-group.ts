import type { Node } from "./types.ts";

interface Write<T> {
  readonly member: T;
  readonly node: Node;
  readonly time: number;
}

/** Memories of which the file does not tell whether they are one and the same. Times are the group's own. */
export class DoubtfulGroup<T, G> {
  /** Why none of the memories may be changed, when one of them may not. */
  guard: G | undefined;
  #now = 0;
  readonly #joined = new Map<T, number>();
  #last: Write<T> | undefined;
  /** The last write to another member than `#last` was to. */
  #lastElsewhere: Write<T> | undefined;

  join(member: T, guard: G | undefined): void {
    this.#joined.set(member, this.#now++);
    this.guard ??= guard;
  }

  /** Takes in the members of another group; every write in either counts as later than their joining. */
  absorb(other: DoubtfulGroup<T, G>): readonly T[] {
    const members = [...other.#joined.keys()];
    for (const member of [...this.#joined.keys(), ...members]) this.#joined.set(member, -1);
    for (const write of [other.#lastElsewhere, other.#last]) if (write) this.recordWrite(write.member, write.node);
    this.guard ??= other.guard;
    return members;
  }

  recordWrite(member: T, node: Node): void {
    if (this.#last?.member !== member) this.#lastElsewhere = this.#last;
    this.#last = { member, node, time: this.#now++ };
  }

  /** What has written to another member since `member` joined, and so perhaps to `member`. */
  possibleWriter(member: T): Node | undefined {
    const write = this.#last?.member === member ? this.#lastElsewhere : this.#last;
    return write !== undefined && write.time > (this.#joined.get(member) ?? 0) ? write.node : undefined;
  }
}
