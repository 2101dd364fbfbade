/** What {@link toJson} writes; absent fields are left out. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | undefined
  | readonly Json[]
  | { readonly [key: string]: Json };

function fieldToJson([key, value]: [string, Json]): string[] {
  return value === undefined ? [] : [`${JSON.stringify(key)}:${toJson(value)}`];
}

/**
 * JSON on one line in which no number loses anything: bigint as plain digits, -0 with its sign, and what JSON has no
 * number for as "NaN", "Infinity" and "-Infinity".
 */
export function toJson(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return "-0";
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).flatMap(fieldToJson).join(",")}}`;
  return JSON.stringify(value) ?? "null";
}
