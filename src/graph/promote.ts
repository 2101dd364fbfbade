import { DTYPES, type DType, type DTypeCategory } from "../core/index.ts";
import { type Argument, isComplexNumber, isValueRef } from "./types.ts";

const RANK: Readonly<Record<DTypeCategory, number>> = { bool: 0, int: 1, float: 2, complex: 3 };
/** These promote with floats only. */
const WIDE_UNSIGNED: ReadonlySet<DType> = new Set(["uint16", "uint32", "uint64"]);
/** Pairs of equal category whose promotion is not simply the wider of the two. */
const MIXED: ReadonlyMap<string, DType> = new Map([
  ["float16 bfloat16", "float32"],
  ["uint8 int8", "int16"],
]);

function promoteSameCategory(a: DType, b: DType): DType {
  const wider = DTYPES[a].bytes >= DTYPES[b].bytes ? a : b;
  return MIXED.get(`${a} ${b}`) ?? MIXED.get(`${b} ${a}`) ?? wider;
}

/** What PyTorch's `torch.promote_types` gives; undefined where it refuses (the wide unsigned integers). */
export function promoteTypes(a: DType, b: DType): DType | undefined {
  if (a === b) return a;
  const [low, high] = RANK[DTYPES[a].category] <= RANK[DTYPES[b].category] ? [a, b] : [b, a];
  if (WIDE_UNSIGNED.has(low) || WIDE_UNSIGNED.has(high)) return DTYPES[high].category === "float" ? high : undefined;
  if (DTYPES[low].category === DTYPES[high].category) return promoteSameCategory(low, high);
  return low === "float64" && high === "complex64" ? "complex128" : high;
}

/** `weak` operands (numbers, zero-dimensional tensors) count only when their category is higher. */
function combine(strong: DType | undefined, weak: DType | undefined): DType | undefined {
  if (strong === undefined || weak === undefined) return strong ?? weak;
  return RANK[DTYPES[weak].category] > RANK[DTYPES[strong].category] ? promoteTypes(strong, weak) : strong;
}

type Priority = "dimensioned" | "scalarTensor" | "number";

function numberType(value: number | bigint | boolean): DType {
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" || Number.isInteger(value) ? "int64" : "float32";
}

function classify(arg: Argument): readonly [Priority, DType] | undefined {
  if (isValueRef(arg)) {
    const { type } = arg.value;
    if (type.kind === "scalar") return ["number", type.dtype === "float64" ? "float32" : type.dtype];
    return [type.shape.length > 0 ? "dimensioned" : "scalarTensor", type.dtype];
  }
  if (isComplexNumber(arg)) return ["number", "complex64"];
  const isNumber = typeof arg === "number" || typeof arg === "bigint" || typeof arg === "boolean";
  return isNumber ? ["number", numberType(arg)] : undefined;
}

/**
 * What `torch.result_type` gives for the operands of a pointwise operator: tensors with dimensions decide, then
 * zero-dimensional tensors, then plain numbers; anything else is ignored. Undefined where PyTorch refuses.
 */
export function resultType(operands: readonly Argument[]): DType | undefined {
  const best: Partial<Record<Priority, DType>> = {};
  for (const operand of operands) {
    const found = classify(operand);
    if (found === undefined) continue;
    const [priority, dtype] = found;
    const before = best[priority];
    const promoted = before === undefined ? dtype : promoteTypes(before, dtype);
    if (promoted === undefined) return undefined;
    best[priority] = promoted;
  }
  return combine(best.dimensioned, combine(best.scalarTensor, best.number));
}
