import type { Node, Weight } from "./types.ts";

interface Write<T> {
  readonly member: T;
  readonly node: Node;
  readonly time: number;
}

/** Memories of which the file does not tell whether they are one and the same. Times are the group's own. */
export class DoubtfulGroup<T> {
  /** A weight that one of the memories perhaps is. */
  weight: Weight | undefined;
  #now = 0;
  readonly #joined = new Map<T, number>();
  #last: Write<T> | undefined;
  /** The last write to another member than `#last` was to. */
  #lastElsewhere: Write<T> | undefined;

  join(member: T, weight: Weight | undefined): void {
    this.#joined.set(member, this.#now++);
    this.weight ??= weight;
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
