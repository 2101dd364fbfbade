import type { Operand } from "./batch-call.ts";
import { type Rows, sameGrain } from "./rows.ts";
import { type BatchRule, broadcastRows, type Extent, each, hasRows, type RuleTable, same } from "./rule.ts";

/** The operand without its last two axes. */
function leading({ shape, rank, rows }: Operand): Extent {
  return { shape: shape.slice(0, -2), rank: rank - 2, rows };
}

/** Rows of `[…, m, k] @ […, k, n]`: they are not summed over, and on `m` or `n` only one operand has them. */
function matrixProduct(left: Operand, right: Operand, rank: number): Rows | undefined {
  const [row, column] = [left.rank - 2, right.rank - 1];
  if (left.rows?.axis === row + 1 || right.rows?.axis === column - 1) return undefined;
  if (left.rows?.axis === row) return right.rows ? undefined : { ...left.rows, axis: rank - 2 };
  if (right.rows?.axis === column) return left.rows ? undefined : { ...right.rows, axis: rank - 1 };
  return broadcastRows([leading(left), leading(right)], rank - 2);
}

/** As `torch.matmul`: a vector stands for a matrix of one row on the left, of one column on the right. */
function product(left: Operand | undefined, right: Operand | undefined): Rows | undefined {
  if (!left?.rank || !right?.rank) return undefined;
  const isVector = { left: left.rank === 1, right: right.rank === 1 };
  if ((isVector.left && left.rows) || (isVector.right && right.rows)) return undefined;
  const a = isVector.left ? { ...left, shape: [1, ...left.shape], rank: 2 } : left;
  const b = isVector.right ? { ...right, shape: [...right.shape, 1], rank: 2 } : right;
  const rank = Math.max(a.rank, b.rank);
  const rows = matrixProduct(a, b, rank);
  return rows && isVector.left && rows.axis === rank - 1 ? { ...rows, axis: rank - 2 } : rows;
}

const multiply = (left: string, right: string): BatchRule => ({
  parameters: [left, right],
  follow: (call) => product(call.operand(left), call.operand(right)),
});

/** A product to which `self` is added, broadcast. */
const multiplyAdd = (left: string, right: string): BatchRule => ({
  parameters: ["self", left, right],
  follow: (call) => {
    const self = call.operand("self");
    const rank = call.shape.length;
    const rows = product(call.operand(left), call.operand(right));
    return self && rows && broadcastRows([self, { shape: call.shape, rank, rows }], rank);
  },
});

/** The rows go by one letter in every operand that has them; it stands once in each and in the result. */
const einsum: BatchRule = {
  parameters: ["tensors"],
  follow: (call) => {
    const { equation } = call.args;
    const text = typeof equation === "string" ? equation.replaceAll(" ", "") : "";
    const [, inputs, output = ""] = /^([a-zA-Z,]+)->([a-zA-Z]*)$/.exec(text) ?? [];
    const terms = inputs?.split(",") ?? [];
    const found = call.operands("tensors").map((operand, i) => ({ operand, term: terms[i] ?? "" }));
    const first = found.find(({ operand }) => hasRows(operand));
    const rows = first?.operand.rows;
    const letter = rows && first.term[rows.axis];
    if (!rows || letter === undefined) return undefined;
    const isOnce = (term: string) => term.split(letter).length === 2;
    const isAligned = ({ operand, term }: (typeof found)[number]) =>
      hasRows(operand)
        ? isOnce(term) && term[operand.rows.axis] === letter && sameGrain(operand.rows, rows)
        : !term.includes(letter);
    return isOnce(output) && found.every(isAligned) ? { ...rows, axis: output.indexOf(letter) } : undefined;
  },
};

/** `[…, length, features]`: rows are on a leading axis of whatever has them. */
const attention: BatchRule = {
  parameters: ["query", "key", "value", "attn_mask"],
  follow: (call) => {
    if (call.number("dropout_p") !== 0) return undefined;
    const operands = ["query", "key", "value", "attn_mask"].flatMap((parameter) => call.operands(parameter));
    const isLeading = ({ rank, rows }: Operand) => rows === undefined || rows.axis < rank - 2;
    return operands.every(isLeading) ? broadcastRows(operands.map(leading), call.shape.length - 2) : undefined;
  },
};

export const MATRIX_RULES: RuleTable = [
  ["linear", same("input", ({ rank, rows }) => rows.axis < rank - 1)],
  ["matmul", multiply("self", "other")],
  ...each("mm bmm", multiply("self", "mat2")),
  ["mv", multiply("self", "vec")],
  ["addmm", multiplyAdd("mat1", "mat2")],
  ["_addmm_activation", multiplyAdd("mat1", "mat2")],
  ["addmv", multiplyAdd("mat", "vec")],
  ["baddbmm", multiplyAdd("batch1", "batch2")],
  ["einsum", einsum],
  ...each("scaled_dot_product_attention _scaled_dot_product_flash_attention_for_cpu", attention),
];
