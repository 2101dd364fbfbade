import type { Dim } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf, slice, unsqueeze } from "../shaping.ts";
import { reduce } from "./reduction.ts";

function knownSizes(call: Call, { shape }: ShapedOperand): readonly number[] {
  return shape.map((size) => call.known(size, "a size of an operand"));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** Sums the axes whose partner in the other tensor has size 1. */
function summedAgainstOne(
  emit: Emitter,
  input: ShapedOperand,
  axes: readonly number[],
  partners: readonly (Dim | undefined)[],
): ShapedOperand {
  const wide = axes.filter((axis, i) => input.shape.at(axis) !== 1 && partners[i] === 1);
  const shape = input.shape.map((size, i) =>
    wide.some((axis) => axis === i || axis + input.shape.length === i) ? 1 : size,
  );
  return { ...reduce(emit, "ReduceSum", input, { axes: wide, keepdims: true }), shape };
}

const tensorDot: Rule = (emit, call) => {
  const [first, second] = [call.tensor("self"), call.tensor("other")];
  const [a, b] = [call.ints("dims_self"), call.ints("dims_other")];
  const sizes = ({ shape }: ShapedOperand, axes: readonly number[]) => axes.map((axis) => shape.at(axis));
  const left = summedAgainstOne(emit, first, a, sizes(second, b));
  const right = summedAgainstOne(emit, second, b, sizes(first, a));
  return contracted(emit, call, [left, right], [a, b]);
};

/** Moves the axes that are summed to the end of one matrix and the beginning of another. */
function contracted(
  emit: Emitter,
  call: Call,
  [first, second]: readonly [ShapedOperand, ShapedOperand],
  [a, b]: readonly [readonly number[], readonly number[]],
): Operand {
  const positive = (axes: readonly number[], rank: number) => axes.map((axis) => (axis < 0 ? axis + rank : axis));
  const [ownSummed, otherSummed] = [positive(a, first.shape.length), positive(b, second.shape.length)];
  const rest = ({ shape }: ShapedOperand, summed: readonly number[]) =>
    shape.map((_, axis) => axis).filter((axis) => !summed.includes(axis));
  const [ownRest, otherRest] = [rest(first, ownSummed), rest(second, otherSummed)];
  const [ownSizes, otherSizes] = [knownSizes(call, first), knownSizes(call, second)];
  const pick = (sizes: readonly number[], axes: readonly number[]) => axes.map((axis) => sizes[axis] ?? 1);
  const inner = product(pick(ownSizes, ownSummed));
  const rows = reshapeTo(emit, emit.transpose(emit.cast(first, call.dtype), [...ownRest, ...ownSummed]), [
    product(pick(ownSizes, ownRest)),
    inner,
  ]);
  const columns = reshapeTo(emit, emit.transpose(emit.cast(second, call.dtype), [...otherSummed, ...otherRest]), [
    inner,
    product(pick(otherSizes, otherRest)),
  ]);
  const sizes = [...pick(ownSizes, ownRest), ...pick(otherSizes, otherRest)];
  return reshapeTo(emit, emit.op("MatMul", [rows, columns]), sizes);
}

/** Sums over the last axes; a 0-d operand scales the other. */
const inner: Rule = (emit, call) => {
  const [first, second] = [call.tensor("self"), call.tensor("other")];
  if (first.shape.length === 0 || second.shape.length === 0) {
    return emit.op("Mul", [call.operand("self"), call.operand("other")]);
  }
  return contracted(emit, call, [first, second], [[-1], [-1]]);
};

/** Every element of the first times all of the second. */
const kronecker: Rule = (emit, call) => {
  const [first, second] = [call.tensor("self"), call.tensor("other")];
  const rank = Math.max(first.shape.length, second.shape.length);
  const padded = (operand: ShapedOperand) => [
    ...Array<number>(rank - operand.shape.length).fill(1),
    ...knownSizes(call, operand),
  ];
  const [a, b] = [padded(first), padded(second)];
  const left = reshapeTo(
    emit,
    call.operand("self"),
    a.flatMap((size) => [size, 1]),
  );
  const right = reshapeTo(
    emit,
    call.operand("other"),
    b.flatMap((size) => [1, size]),
  );
  const isBoolean = call.dtype === "bool";
  return reshapeTo(
    emit,
    emit.op(isBoolean ? "And" : "Mul", [left, right]),
    a.map((size, i) => size * (b[i] ?? 1)),
  );
};

/** a₁b₂ − a₂b₁ and so on round three elements. */
function crossProduct(emit: Emitter, first: Operand, second: Operand, axis: number): Operand {
  const f = new Formula(emit);
  const turned = (input: Operand, by: number) =>
    emit.op("Concat", [slice(emit, input, axis, by, 3), slice(emit, input, axis, 0, by)], { axis });
  return f.sub(f.mul(turned(first, 1), turned(second, 2)), f.mul(turned(first, 2), turned(second, 1)));
}

/** Without an axis, the first one of three elements. */
const cross: Rule = (emit, call) => {
  const rank = call.shape.length;
  const axis = call.has("dim") ? call.axis("dim", rank) : call.shape.indexOf(3);
  return crossProduct(emit, call.operand("self"), call.operand("other"), axis);
};

const vectorDot: Rule = (emit, call) => {
  const f = new Formula(emit);
  const rank = Math.max(call.tensor("x").shape.length, call.tensor("y").shape.length);
  const terms = f.mul(call.operand("x"), call.operand("y"));
  return reduce(emit, "ReduceSum", terms, { axes: [call.axis("dim", rank)], keepdims: false });
};

const multiDot: Rule = (emit, call) =>
  call
    .tensors("tensors")
    .map((tensor): Operand => emit.cast(tensor, call.dtype))
    .reduce((result, next) => emit.op("MatMul", [result, next]));

/** `beta · self + alpha · vec1 ⊗ vec2`; a beta of 0 ignores what is in self. */
const addOuter: Rule = (emit, call) => {
  const outer = [unsqueeze(emit, call.operand("vec1"), 1), call.operand("vec2")];
  if (call.dtype === "bool") return addOuterOfBooleans(emit, call, emit.op("And", outer));
  const f = new Formula(emit);
  const scaled = f.mul(emit.op("Mul", outer), call.operand("alpha"));
  const beta = call.number("beta");
  return beta === 0 ? scaled : f.add(f.mul(call.operand("self"), call.operand("beta")), scaled);
};

function addOuterOfBooleans(emit: Emitter, call: Call, outer: Operand): Operand {
  const [alpha, beta] = [call.number("alpha"), call.number("beta")];
  const scaled = alpha === 0 ? emit.op("And", [outer, emit.like(outer, false)]) : outer;
  return beta === 0 ? scaled : emit.op("Or", [call.operand("self"), scaled]);
}

/** xᵢ Wₒᵢⱼ yⱼ + bₒ */
const bilinear: Rule = (emit, call) => {
  const [first, second, weight] = [call.tensor("input1"), call.tensor("input2"), call.tensor("weight")];
  const [out = 1, a = 1, b = 1] = knownSizes(call, weight);
  const rows = reshapeTo(emit, first, [-1, a]);
  const others = reshapeTo(emit, second, [-1, b]);
  const leading = first.shape.slice(0, -1).map((_, axis) => sizeOf(emit, first, axis));
  const matrix = reshapeTo(emit, emit.transpose(weight, [1, 0, 2]), [a, out * b]);
  const partial = reshapeTo(emit, emit.op("MatMul", [rows, matrix]), [-1, out, b]);
  const sums = emit.op("MatMul", [partial, unsqueeze(emit, others, 2)]);
  const bias = call.optionalTensor("bias");
  const flat = reshapeTo(emit, sums, [-1, out]);
  return reshapeTo(emit, bias ? emit.op("Add", [flat, bias]) : flat, [...leading, out]);
};

/** Powers of each element along a new last axis. */
const vandermonde: Rule = (emit, call) => {
  const x = emit.cast(call.tensor("x"), call.dtype);
  const rank = call.shape.length - 1;
  const count = call.known(call.shape.at(-1), "the number of powers");
  const column = x.shape.length === 0 ? reshapeTo(emit, x, [1, 1]) : unsqueeze(emit, x, rank);
  const isRising = !call.has("increasing") || call.boolean("increasing");
  const powers: Operand[] = [];
  for (let i = 0; i < count; i++) {
    const last = powers.at(-1);
    powers.push(last ? emit.op("Mul", [last, column]) : one(emit, column));
  }
  return emit.op("Concat", isRising ? powers : powers.toReversed(), { axis: rank });
};

function one(emit: Emitter, like: Operand): Operand {
  return emit.op("Expand", [emit.like(like, 1), emit.op("Shape", [like])]);
}

/** By squaring; the power 0 is the identity. */
export function matrixPower(emit: Emitter, matrix: Operand, exponent: number): Operand {
  if (exponent === 1) return matrix;
  const half = matrixPower(emit, matrix, Math.floor(exponent / 2));
  const square = emit.op("MatMul", [half, half]);
  return exponent % 2 === 0 ? square : emit.op("MatMul", [square, matrix]);
}

export function identityLike(emit: Emitter, matrix: Operand, size: number): Operand {
  const cells = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return emit.op("Expand", [emit.constant(matrix.dtype, cells, [size, size]), emit.op("Shape", [matrix])]);
}

export const PRODUCTS: RuleTable = {
  "aten.tensordot.default": tensorDot,
  "aten.inner.default": inner,
  "aten.vdot.default": (emit, call) => emit.op("MatMul", [call.operand("self"), call.operand("other")]),
  "aten.kron.default": kronecker,
  "aten.cross.default": cross,
  "aten.linalg_cross.default": cross,
  "aten.linalg_vecdot.default": vectorDot,
  "aten.linalg_multi_dot.default": multiDot,
  "aten.chain_matmul.default": (emit, call) =>
    call
      .tensors("matrices")
      .map((tensor): Operand => tensor)
      .reduce((result, next) => emit.op("MatMul", [result, next])),
  "aten.addr.default": addOuter,
  "aten.bilinear.default": bilinear,
  "aten.linalg_vander.default": vandermonde,
  "aten.vander.default": vandermonde,
};
