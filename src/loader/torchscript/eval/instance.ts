import type { TypeExpression } from "../syntax/ast.ts";
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

type Check = (value: EvalValue, args: readonly TypeExpression[]) => boolean;

function scalar(name: string, dtype: string): Check {
  return (value) => typeof value === name || (value instanceof ScalarValue && value.dtype === dtype);
}

const every = (items: Iterable<EvalValue>, type: TypeExpression | undefined): boolean =>
  type === undefined || [...items].every((item) => isInstance(item, type));

const tuple: Check = (value, args) => {
  if (!(value instanceof TupleValue)) return false;
  return (
    args.length === 0 || (value.items.length === args.length && value.items.every((item, i) => every([item], args[i])))
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
  ["Optional", (value, [type]) => value === null || every([value], type)],
  ["Union", (value, types) => types.some((type) => isInstance(value, type))],
  ["List", (value, [type]) => value instanceof ListValue && every(value.content, type)],
  ["list", (value) => value instanceof ListValue],
  ["tuple", (value) => value instanceof TupleValue],
  ["dict", (value) => value instanceof DictValue],
  ["Tuple", tuple],
  [
    "Dict",
    (value, [key, item]) =>
      value instanceof DictValue && every(value.content.keys(), key) && every(value.content.values(), item),
  ],
]);

/** Whether a value is of a type of the program. The items of containers are looked at: an empty one is of any type. */
export function isInstance(value: EvalValue, { name, args }: TypeExpression): boolean {
  const check = CHECKS.get(name);
  if (check) return check(value, args);
  return (value instanceof ObjectValue || value instanceof EnumValue) && value.className === name;
}
