import type { DType } from "../../../../core/index.ts";
import { type EvalValue, isKnownNumber, TensorValue } from "../values.ts";
import type { HostCall } from "./host-rule.ts";
import { roundHalfEven } from "./round-half-even.ts";

type Known = boolean | bigint | number;

/** Numbers of one dtype, as a tensor of known elements holds them. */
interface Operand {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly items: readonly Known[];
}

/** Longer tensors are computed by the graph. */
const MAX_ELEMENTS = 16;

const FLOATS: ReadonlySet<DType> = new Set<DType>(["float32", "float64"]);

/** How far PyTorch's logarithm may be from the number nearest to it. */
const LOGARITHM_ERROR = 2 ** -20;

/** undefined where the last bit may decide what a rounding of it gives. */
function logarithm(value: number): number | undefined {
  const exact = Math.log2(value);
  const toHalves = Math.abs(exact * 2 - Math.round(exact * 2));
  const isSure = Number.isInteger(exact) ? 2 ** exact === value : toHalves > Math.abs(exact) * LOGARITHM_ERROR;
  return Number.isFinite(exact) && isSure ? exact : undefined;
}

/** Rounded once, which is what PyTorch does for each of these. */
const UNARY: Readonly<Record<string, (value: number) => number | undefined>> = {
  reciprocal: (value) => 1 / value,
  neg: (value) => -value,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  log2: logarithm,
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
};

function operandOf(value: EvalValue | undefined): Operand | undefined {
  if (!(value instanceof TensorValue)) return undefined;
  const { known, type } = value;
  if (known && known.length > MAX_ELEMENTS) return undefined;
  if (!known?.every(isKnownNumber)) return undefined;
  return { dtype: type.dtype, shape: type.shape.map(Number), items: known };
}

function tensorOf(call: HostCall, { dtype, shape, items }: Operand): TensorValue {
  return new TensorValue({ kind: "tensor", dtype, shape, contiguous: true }, undefined, items, call.session.scope);
}

function rounded(value: number, dtype: DType): number {
  return dtype === "float32" ? Math.fround(value) : value;
}

/** The least or greatest of all elements. */
function extreme(call: HostCall, { dtype, items }: Operand): EvalValue | undefined {
  const [first, ...rest] = items;
  if (first === undefined || items.some(Number.isNaN)) return undefined;
  const isFurther = (a: Known, b: Known) => (call.name === "min" ? a < b : a > b);
  const found = rest.reduce((best, item) => (isFurther(item, best) ? item : best), first);
  return tensorOf(call, { dtype, shape: [], items: [found] });
}

function unary(call: HostCall, { dtype, shape, items }: Operand): EvalValue | undefined {
  const compute = Object.hasOwn(UNARY, call.name) ? UNARY[call.name] : undefined;
  if (!compute || !FLOATS.has(dtype)) return undefined;
  const results = items.map((item) => compute(Number(item)));
  if (!results.every((result) => result !== undefined)) return undefined;
  return tensorOf(call, { dtype, shape, items: results.map((result) => rounded(result, dtype)) });
}

function binary(call: HostCall, left: Operand): EvalValue | undefined {
  const compute = Object.hasOwn(BINARY, call.name) ? BINARY[call.name] : undefined;
  const { dtype, shape } = left;
  if (!compute || !FLOATS.has(dtype)) return undefined;
  const [, second] = call.args;
  const isNumber = isKnownNumber(second) && call.name !== "min" && call.name !== "max";
  const right = isNumber
    ? { dtype, shape, items: left.items.map(() => rounded(Number(second), dtype)) }
    : operandOf(second);
  if (right?.dtype !== dtype || String(right.shape) !== String(shape)) return undefined;
  const items = left.items.map((item, i) => rounded(compute(Number(item), Number(right.items[i])), dtype));
  return tensorOf(call, { dtype, shape, items });
}

/** What an operator gives for tensors whose elements are known, such as the sizes of an image; undefined for others. */
export function knownArithmetic(call: HostCall): EvalValue | undefined {
  const first = operandOf(call.args[0]);
  if (!first || call.keywords.size > 0) return undefined;
  const isWhole = call.args.length === 1 && (call.name === "min" || call.name === "max");
  if (isWhole) return extreme(call, first);
  return call.args.length === 1 ? unary(call, first) : call.args.length === 2 ? binary(call, first) : undefined;
}
