import type { DType } from "../../../../core/index.ts";
import { arithmetic } from "../arithmetic.ts";
import type { Session } from "../session.ts";
import { type EvalValue, isNumber, type NumberValue, ScalarValue, TensorValue } from "../values.ts";
import type { HostCall } from "./host-rule.ts";

function dtypeOf(value: NumberValue): DType {
  if (value instanceof ScalarValue) return value.dtype === "float64" ? "float32" : value.dtype;
  return typeof value === "bigint" ? "int64" : typeof value === "boolean" ? "bool" : "float32";
}

/** The tensor without axes that holds a number, of the dtype that PyTorch gives it. */
export function numberTensor(session: Session, value: NumberValue, dtype: DType = dtypeOf(value)): TensorValue {
  return new TensorValue({ kind: "tensor", dtype, shape: [], contiguous: true }, undefined, [value], session.scope);
}

const INTEGER_OPERATORS: ReadonlySet<string> = new Set("add sub mul floor_divide remainder rsub".split(" "));

/** The whole number that an int64 tensor without axes holds, or a number itself. */
function wholeNumber(value: EvalValue | undefined): NumberValue | undefined {
  if (value instanceof TensorValue) {
    const isNumberTensor = value.type.dtype === "int64" && value.type.shape.length === 0;
    return isNumberTensor ? value.known?.[0] : undefined;
  }
  return isNumber(value) && (typeof value === "bigint" || (value instanceof ScalarValue && value.dtype === "int64"))
    ? value
    : undefined;
}

/** Sizes that a traced program computes with as tensors stay numbers. undefined for any other call. */
export function sizeArithmetic(call: HostCall): EvalValue | undefined {
  const [a, b, alpha] = [wholeNumber(call.args[0]), wholeNumber(call.args[1]), call.find(2, "alpha")];
  const isPlain = (alpha === undefined || alpha === 1n) && call.args.length <= 3;
  if (a === undefined || b === undefined || !isPlain || !INTEGER_OPERATORS.has(call.name)) return undefined;
  const isUndefined = b === 0n && (call.name === "floor_divide" || call.name === "remainder");
  if (isUndefined) return undefined;
  const [name, left, right] =
    call.name === "rsub" ? ["sub", b, a] : [call.name.replace("floor_divide", "floordiv"), a, b];
  return numberTensor(
    call.session,
    arithmetic(call.session, name as string, left as NumberValue, right as NumberValue),
  );
}
