import { RelayError } from "../core/index.ts";
import type { Node } from "../graph/index.ts";

/** An operator, or a use of it, that cannot be lowered, with its first occurrence. */
export interface UnsupportedOperator {
  readonly target: string;
  readonly reason: string;
  readonly count: number;
  /** Path of the module that calls it; "" is the root. */
  readonly modulePath?: string;
  /** `file.py:12` of the user's program, when recorded. */
  readonly source?: string;
  /** An overload of the same operator that is supported, when this one is not. */
  readonly nearest?: string;
}

/** How many kinds of refusals the message spells out; the details hold all. */
const LISTED = 50;

function describe({ target, reason, count, modulePath, source, nearest }: UnsupportedOperator): string {
  const times = count > 1 ? ` (${count} times)` : "";
  const where = modulePath === undefined ? "" : `, first in ${modulePath || "the root module"}`;
  const line = source === undefined ? "" : ` at ${source}`;
  const hint = nearest === undefined ? "" : `; ${nearest} is supported`;
  return `  ${target}${times}: ${reason}${where}${line}${hint}`;
}

function operatorOf(target: string): string {
  return target.split(".")[1] ?? target;
}

/** Another overload of the same operator. */
function nearestTarget(target: string, supported: readonly string[]): string | undefined {
  return supported.find((candidate) => operatorOf(candidate) === operatorOf(target));
}

/** Collects why calls cannot be lowered, to report all of them at once. */
export class RefusalReport {
  readonly #supported: readonly string[];
  readonly #found = new Map<string, UnsupportedOperator>();
  /** A call may be lowered more than once. */
  readonly #seen = new Set<Node>();

  constructor(supported: readonly string[]) {
    this.#supported = supported;
  }

  unknown(node: Node): void {
    const nearest = nearestTarget(node.target, this.#supported);
    this.#add(node, { reason: "no such operator is supported", ...(nearest !== undefined && { nearest }) });
  }

  refused(node: Node, reason: string): void {
    this.#add(node, { reason });
  }

  #add(node: Node, why: Pick<UnsupportedOperator, "reason" | "nearest">): void {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    const { target, origin } = node;
    const key = `${target} ${why.reason}`;
    const before = this.#found.get(key);
    this.#found.set(key, before ? { ...before, count: before.count + 1 } : { target, count: 1, ...why, ...origin });
  }

  /** @throws RelayError OPERATORS_UNSUPPORTED when anything was refused; `details.operators` lists it all */
  throwIfAny(model: string): void {
    const operators = [...this.#found.values()];
    if (operators.length === 0) return;
    const rest = operators.length > LISTED ? [`  and ${operators.length - LISTED} more`] : [];
    const list = [...operators.slice(0, LISTED).map(describe), ...rest].join("\n");
    throw new RelayError("OPERATORS_UNSUPPORTED", { model, list, operators });
  }
}
