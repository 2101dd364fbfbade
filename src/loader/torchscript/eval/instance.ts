import type { TypeExpression } from "../syntax/ast.ts";
import type { Fuel } from "./fuel.ts";
import {
  DeviceValue,
  DictValue,
  EnumValue,
  type EvalValue,
  isNumber,
  ListValue,
  ObjectValue,
  ScalarValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

type Check = (value: EvalValue, args: readonly TypeExpression[], fuel: Fuel) => boolean;

function scalar(name: string, dtype: string): Check {
  return (value) => typeof value === name || (value instanceof ScalarValue && value.dtype === dtype);
}

const every = (fuel: Fuel, items: Iterable<EvalValue>, type: TypeExpression | undefined): boolean =>
  type === undefined || [...items].every((item) => isInstance(fuel, item, type));

const tuple: Check = (value, args, fuel) => {
  if (!(value instanceof TupleValue)) return false;
  return (
    args.length === 0 ||
    (value.items.length === args.length && value.items.every((item, i) => every(fuel, [item], args[i])))
  );
};

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["Tensor", (value) => value instanceof TensorValue],
  ["int", scalar("bigint", "int64")],
  ["float", scalar("number", "float64")],
  ["bool", scalar("boolean", "bool")],
  ["str", (value) => typeof value === "string"],
  ["NoneType", (value) => value === null],
  ["number", (value) => isNumber(value) && typeof value !== "boolean"],
  ["Device", (value) => value instanceof DeviceValue],
  ["Any", () => true],
  ["Optional", (value, [type], fuel) => value === null || every(fuel, [value], type)],
  ["Union", (value, types, fuel) => types.some((type) => isInstance(fuel, value, type))],
  ["List", (value, [type], fuel) => value instanceof ListValue && every(fuel, value.content, type)],
  ["list", (value) => value instanceof ListValue],
  ["tuple", (value) => value instanceof TupleValue],
  ["dict", (value) => value instanceof DictValue],
  ["Tuple", tuple],
  [
    "Dict",
    (value, [key, item], fuel) =>
      value instanceof DictValue && every(fuel, value.content.keys(), key) && every(fuel, value.content.values(), item),
  ],
]);

/** Whether a value is of a type of the program. The items of containers are looked at: an empty one is of any type. */
export function isInstance(fuel: Fuel, value: EvalValue, { name, args }: TypeExpression): boolean {
  fuel.spend();
  const check = CHECKS.get(name);
  if (check) return check(value, args, fuel);
  return (value instanceof ObjectValue || value instanceof EnumValue) && value.className === name;
}
