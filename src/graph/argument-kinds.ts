import type { SchemaType } from "./schema.ts";
import { type Argument, isComplexNumber, isSubgraphRef, isValueRef } from "./types.ts";

type Check = (arg: Argument) => boolean;

const isTensor: Check = (arg) => isValueRef(arg) && arg.value.type.kind === "tensor";
const isScalar: Check = (arg) => isValueRef(arg) && arg.value.type.kind === "scalar";
const isString: Check = (arg) => typeof arg === "string";
const isNumber: Check = (arg) => typeof arg === "number" || typeof arg === "bigint" || isScalar(arg);
const isInteger: Check = (arg) => (typeof arg === "number" ? Number.isInteger(arg) : isNumber(arg));
const isBoolean: Check = (arg) => typeof arg === "boolean" || isScalar(arg);
const isAnyNumber: Check = (arg) => isNumber(arg) || isBoolean(arg) || isComplexNumber(arg);

/** By type name in a schema; where a tensor is asked for PyTorch also takes a number. */
const CHECKS: ReadonlyMap<string, Check> = new Map([
  ["Tensor", (arg: Argument) => isTensor(arg) || isAnyNumber(arg)],
  ["Scalar", isAnyNumber],
  ["int", isInteger],
  ["SymInt", isInteger],
  ["float", isNumber],
  ["bool", isBoolean],
  ["str", isString],
  ["ScalarType", isString],
  ["Layout", isString],
  ["Device", isString],
  ["MemoryFormat", isString],
  ["Graph", isSubgraphRef],
]);

/** Whether `arg` may stand where a schema says `type`. */
export function isLegalArgument(arg: Argument, type: SchemaType): boolean {
  if (arg === null) return type.optional;
  const check = CHECKS.get(type.base) ?? (() => true);
  if (!type.list) return check(arg);
  if (!Array.isArray(arg)) return type.length !== undefined && check(arg);
  return arg.every((item: Argument) => (item === null ? type.optionalElements : check(item)));
}

/** `Tensor?[]`, `int[1]?` */
export function formatSchemaType({ base, list, length, optional, optionalElements }: SchemaType): string {
  return `${base}${optionalElements ? "?" : ""}${list ? `[${length ?? ""}]` : ""}${optional ? "?" : ""}`;
}
