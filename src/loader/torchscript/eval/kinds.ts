import {
  DeviceValue,
  DictValue,
  EnumValue,
  type EvalValue,
  FunctionValue,
  ListValue,
  LostValue,
  ObjectValue,
  ScalarValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

const SCALAR_KINDS = { int64: "int", float64: "float", bool: "bool" } as const;

/** Deeper types are told by dots. */
const MAX_DEPTH = 4;

/** What TorchScript calls the type of a value, for messages. */
export function kindOf(value: EvalValue, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  if (value === null) return "None";
  if (typeof value !== "object") {
    return { boolean: "bool", bigint: "int", number: "float", string: "str" }[typeof value as "string"];
  }
  if (value instanceof TensorValue) return "Tensor";
  if (value instanceof ScalarValue) return SCALAR_KINDS[value.dtype];
  if (value instanceof ListValue)
    return `List[${value.content[0] === undefined ? "" : kindOf(value.content[0], depth + 1)}]`;
  if (value instanceof TupleValue) return `Tuple[${value.items.map((item) => kindOf(item, depth + 1)).join(", ")}]`;
  if (value instanceof DictValue) return "Dict";
  if (value instanceof ObjectValue || value instanceof EnumValue) return value.className.replace(/^__torch__\./, "");
  if (value instanceof FunctionValue) return "function";
  return value instanceof DeviceValue ? "Device" : value instanceof LostValue ? "an unknown value" : "object";
}
