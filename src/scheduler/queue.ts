import { Fifo } from "./fifo.ts";
import type { Ticket } from "./ticket.ts";

/** Tickets that may share a batch, oldest first. */
interface Group<P, R> {
  readonly key: string;
  readonly priority: number;
  readonly tickets: Fifo<Ticket<P, R>>;
  /** Tickets that are not settled. */
  waiting: number;
  rows: number;
}

/** What `decide` sees of a queue: the group that is next. */
export interface QueueHead {
  readonly key: string;
  /** Rows waiting in the group. */
  readonly rows: number;
  /** Rows of its first ticket: a batch holds at least these. */
  readonly firstRows: number;
  readonly oldestMs: number;
}

/** How many more settled tickets than waiting ones a group may hold: each keeps in memory what was to be computed. */
const MAX_SETTLED = 64;

/**
 * Waiting tickets, grouped by what may share a batch. The next group is the one of highest priority whose first
 * ticket is oldest. Settled tickets are left in place and skipped.
 */
export class RequestQueue<P, R> {
  readonly #groups = new Map<string, Group<P, R>>();
  #rows = 0;
  #tickets = 0;

  get rows(): number {
    return this.#rows;
  }

  get tickets(): number {
    return this.#tickets;
  }

  #groupOf(ticket: Ticket<P, R>): Group<P, R> {
    const id = ticket.priority === 0 ? ticket.key : `${ticket.priority}:${ticket.key}`;
    let group = this.#groups.get(id);
    if (!group) {
      group = { key: ticket.key, priority: ticket.priority, tickets: new Fifo(), waiting: 0, rows: 0 };
      this.#groups.set(id, group);
    }
    return group;
  }

  #count(group: Group<P, R>, tickets: number, rows: number): void {
    group.waiting += tickets;
    group.rows += rows;
    this.#rows += rows;
    this.#tickets += tickets;
  }

  push(ticket: Ticket<P, R>): void {
    const group = this.#groupOf(ticket);
    group.tickets.push(ticket);
    this.#count(group, 1, ticket.rows);
  }

  /** Puts tickets that did not run back where they came from. */
  putBack(tickets: readonly Ticket<P, R>[]): void {
    const [first] = tickets;
    if (!first) return;
    const group = this.#groupOf(first);
    group.tickets.unshift(tickets);
    for (const ticket of tickets) this.#count(group, 1, ticket.rows);
  }

  /** Takes a ticket out of the count; the caller has marked it settled. */
  drop(ticket: Ticket<P, R>): void {
    const group = this.#groupOf(ticket);
    this.#count(group, -1, -ticket.rows);
    if (group.tickets.length > 2 * group.waiting + MAX_SETTLED) {
      group.tickets.retain((other) => other !== ticket && other.state !== "settled");
    }
  }

  /** Forgets settled tickets at the front, and groups that nobody waits in. */
  #skipSettled(id: string, group: Group<P, R>): void {
    while (group.tickets.first()?.state === "settled") group.tickets.shift();
    if (group.tickets.length === 0 && this.#groups.size > 1) this.#groups.delete(id);
  }

  #next(): Group<P, R> | undefined {
    let best: Group<P, R> | undefined;
    for (const [id, group] of this.#groups) {
      this.#skipSettled(id, group);
      if (group.tickets.length > 0 && (!best || comesBefore(group, best))) best = group;
    }
    return best;
  }

  head(): QueueHead | undefined {
    const group = this.#next();
    const first = group?.tickets.first();
    if (!group || !first) return undefined;
    return { key: group.key, rows: group.rows, firstRows: first.rows, oldestMs: first.submittedMs };
  }

  /** Takes the next group's oldest tickets: at least one, then more as long as they stay within `maxRows` together. */
  take(maxRows: number): Ticket<P, R>[] {
    const group = this.#next();
    const batch: Ticket<P, R>[] = [];
    let rows = 0;
    for (let next = group?.tickets.first(); group && next; next = group.tickets.first()) {
      if (next.state !== "settled") {
        if (batch.length > 0 && (next.alone || batch[0]?.alone || rows + next.rows > maxRows)) break;
        rows += next.rows;
        batch.push(next);
      }
      group.tickets.shift();
    }
    if (group) this.#count(group, -batch.length, -rows);
    return batch;
  }

  /** Every waiting ticket. */
  *[Symbol.iterator](): Iterator<Ticket<P, R>> {
    for (const group of this.#groups.values()) {
      for (const ticket of group.tickets) if (ticket.state === "queued") yield ticket;
    }
  }
}

function comesBefore<P, R>(a: Group<P, R>, b: Group<P, R>): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return (a.tickets.first()?.submittedMs ?? 0) < (b.tickets.first()?.submittedMs ?? 0);
}
