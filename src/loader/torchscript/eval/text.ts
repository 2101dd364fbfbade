import type { Fuel } from "./fuel.ts";
import { kindOf } from "./kinds.ts";
import { DeviceValue, DictValue, EnumValue, type EvalValue, ListValue, TupleValue } from "./values.ts";

/** As Python prints a float. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = String(value);
  if (/^-?\d+$/.test(text)) return `${text}.0`;
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** What `str(value)` gives; what only the inputs decide is told by its kind. */
export function textOf(fuel: Fuel, value: EvalValue, isInside = false): string {
  fuel.spend();
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return floatText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") {
    fuel.look(value.length);
    return isInside ? `'${value}'` : value;
  }
  const inner = (items: readonly EvalValue[]) => items.map((item) => textOf(fuel, item, true)).join(", ");
  if (value instanceof ListValue) return `[${inner(value.content)}]`;
  if (value instanceof TupleValue) return `(${inner(value.items)}${value.items.length === 1 ? "," : ""})`;
  if (value instanceof DictValue) {
    const entries = [...value.content].map((entry) => entry.map((each) => textOf(fuel, each, true)).join(": "));
    return `{${entries.join(", ")}}`;
  }
  if (value instanceof DeviceValue) return value.name;
  return value instanceof EnumValue ? value.member : `<${kindOf(value)}>`;
}

/** Whether the text of a value is known, and not only for messages. */
export function hasText(fuel: Fuel, value: EvalValue): boolean {
  fuel.spend();
  const areKnown = (items: readonly EvalValue[]) => items.every((item) => hasText(fuel, item));
  if (value instanceof ListValue) return areKnown(value.content);
  if (value instanceof TupleValue) return areKnown(value.items);
  return value === null || typeof value !== "object" || value instanceof DeviceValue;
}
