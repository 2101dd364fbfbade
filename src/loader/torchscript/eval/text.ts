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
export function textOf(value: EvalValue, isInside = false): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return floatText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return isInside ? `'${value}'` : value;
  const inner = (items: readonly EvalValue[]) => items.map((item) => textOf(item, true)).join(", ");
  if (value instanceof ListValue) return `[${inner(value.content)}]`;
  if (value instanceof TupleValue) return `(${inner(value.items)}${value.items.length === 1 ? "," : ""})`;
  if (value instanceof DictValue) {
    return `{${[...value.content].map(([name, item]) => `${textOf(name, true)}: ${textOf(item, true)}`).join(", ")}}`;
  }
  if (value instanceof DeviceValue) return value.name;
  return value instanceof EnumValue ? value.member : `<${kindOf(value)}>`;
}

/** Whether the text of a value is known, and not only for messages. */
export function hasText(value: EvalValue): boolean {
  if (value instanceof ListValue) return value.content.every(hasText);
  if (value instanceof TupleValue) return value.items.every(hasText);
  return value === null || typeof value !== "object" || value instanceof DeviceValue;
}
