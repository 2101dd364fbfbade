import type { BatchCall, Operand } from "./batch-call.ts";
import { type Rows, sameGrain } from "./rows.ts";

/** A result has rows, or the same content whatever the rows are. */
export type Result = Rows | "none";

/** Of all results alike, or of each; undefined when rows cannot be told to stay apart. */
export type Outcome = Result | readonly Result[] | undefined;

/** How the rows of an operator's results follow from those of its arguments. */
export interface BatchRule {
  /** The parameters whose tensors may have rows; all when absent. */
  readonly parameters?: readonly string[];
  /** Whether integers that depend on the number of rows may be arguments. */
  readonly takesSizes?: boolean;
  /** Whether row numbers may be arguments. */
  readonly takesNumbers?: boolean;
  readonly follow: (call: BatchCall) => Outcome;
}

export type RuleTable = readonly (readonly [name: string, rule: BatchRule])[];

/** The same rule for many operators, named in one string. */
export function each(names: string, rule: BatchRule): RuleTable {
  return names.split(" ").map((name) => [name, rule]);
}

/** For an overload that differs from the others of its name. */
export const NEVER: BatchRule = { follow: () => undefined };

/** What broadcasting looks at. */
export type Extent = Omit<Operand, "dtype">;

/** An operand that has rows. */
export type RowOperand = Operand & { readonly rows: Rows };

export function hasRows(operand: Operand | undefined): operand is RowOperand {
  return operand?.rows !== undefined;
}

/** Results have the rows of `parameter` on the same axis, where `isApart` says that the operator leaves that axis alone. */
export function same(
  parameter: string,
  isApart: (operand: RowOperand, call: BatchCall) => boolean,
  options: Pick<BatchRule, "takesNumbers" | "takesSizes"> = {},
): BatchRule {
  return {
    ...options,
    parameters: [parameter],
    follow: (call) => {
      const operand = call.operand(parameter);
      return hasRows(operand) && isApart(operand, call) ? operand.rows : undefined;
    },
  };
}

/**
 * Rows of operands that are broadcast to `rank` axes: aligned on one axis in the same order, where the operands without
 * rows have nothing to tell apart.
 */
export function broadcastRows(operands: readonly Extent[], rank: number): Rows | undefined {
  const found = operands.flatMap(({ rows, rank: own }) => (rows ? [{ ...rows, axis: rank - own + rows.axis }] : []));
  const [first, ...others] = found;
  if (!first || !others.every((rows) => rows.axis === first.axis && sameGrain(rows, first))) return undefined;
  const isNeutral = ({ shape, rank: own }: Extent) => (shape[first.axis - rank + own] ?? 1) === 1;
  return operands.every((operand) => operand.rows !== undefined || isNeutral(operand)) ? first : undefined;
}
