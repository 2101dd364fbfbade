import type { SchemaType } from "../../../graph/index.ts";
import { ENUMERATIONS } from "./script-enums.ts";
import { DeviceValue, type EvalValue, ListValue, ScalarValue, TensorValue, TupleValue } from "./values.ts";

/** An argument made to fit a parameter, and how many conversions that took. */
export interface Fitted {
  readonly value: EvalValue;
  readonly cost: number;
}

type Fit = (value: EvalValue) => Fitted | undefined;

function exactly(isFit: (value: EvalValue) => boolean): Fit {
  return (value) => (isFit(value) ? { value, cost: 0 } : undefined);
}

const isInt = (value: EvalValue) =>
  typeof value === "bigint" || (value instanceof ScalarValue && value.dtype === "int64");
const isFloat = (value: EvalValue) =>
  typeof value === "number" || (value instanceof ScalarValue && value.dtype === "float64");
const isBool = (value: EvalValue) =>
  typeof value === "boolean" || (value instanceof ScalarValue && value.dtype === "bool");

/** A tensor without axes stands for the number in it, when that is known. */
function numberIn(value: EvalValue): EvalValue | undefined {
  if (!(value instanceof TensorValue) || value.type.shape.length > 0) return undefined;
  return value.known?.[0];
}

function number(isExact: (value: EvalValue) => boolean, isClose: (value: EvalValue) => boolean): Fit {
  return (value) => {
    if (isExact(value)) return { value, cost: 0 };
    if (isClose(value)) return { value, cost: 1 };
    const inner = numberIn(value);
    return inner !== undefined && (isExact(inner) || isClose(inner)) ? { value: inner, cost: 2 } : undefined;
  };
}

function member(base: string): Fit {
  return (value) => {
    if (typeof value === "string") return { value, cost: 0 };
    const name = typeof value === "bigint" ? ENUMERATIONS.get(base)?.(Number(value)) : undefined;
    return name === undefined ? undefined : { value: name, cost: 0 };
  };
}

/** By the type of a parameter. */
const FITS: ReadonlyMap<string, Fit> = new Map<string, Fit>([
  ["Tensor", exactly((value) => value instanceof TensorValue)],
  ["Scalar", number((value) => isInt(value) || isFloat(value), isBool)],
  ["int", number(isInt, isBool)],
  ["SymInt", number(isInt, isBool)],
  ["float", number(isFloat, isInt)],
  ["bool", number(isBool, () => false)],
  ["str", exactly((value) => typeof value === "string")],
  ["Device", (value) => (value instanceof DeviceValue ? { value: "cpu", cost: 0 } : undefined)],
  ["ScalarType", member("ScalarType")],
  ["Layout", member("Layout")],
  ["MemoryFormat", member("MemoryFormat")],
]);

function fitList(items: readonly EvalValue[], adapt: Fit, areOptional: boolean): Fitted | undefined {
  const fitted = items.map((item) => (item === null && areOptional ? { value: item, cost: 0 } : adapt(item)));
  if (!fitted.every((each) => each !== undefined)) return undefined;
  const cost = fitted.reduce((sum, each) => Math.max(sum, each.cost), 0);
  return { value: new ListValue(fitted.map((each) => each.value)), cost };
}

/** Makes an argument fit a parameter as TorchScript would; undefined when it does not. */
export function fitArgument(value: EvalValue, type: SchemaType): Fitted | undefined {
  if (value === null) return type.optional ? { value, cost: 0 } : undefined;
  const adapt = FITS.get(type.base);
  if (adapt === undefined) return undefined;
  if (!type.list) return adapt(value);
  const items = value instanceof ListValue ? value.content : value instanceof TupleValue ? value.items : undefined;
  if (items !== undefined) return fitList(items, adapt, type.optionalElements);
  const single = type.length === undefined ? undefined : adapt(value);
  return (
    single && {
      value: new ListValue(Array.from({ length: type.length ?? 1 }, () => single.value)),
      cost: single.cost + 1,
    }
  );
}
