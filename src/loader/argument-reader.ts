import type { JsonValue } from "../container/index.ts";
import type { Argument } from "../graph/index.ts";
import { LAYOUTS, MEMORY_FORMATS } from "./export-enums.ts";
import { asArray, asBoolean, asInteger, asObject, asString, asUnion, isObject } from "./json-fields.ts";
import { EXPORT_WITH_KNOWN, Malformed, Unsupported } from "./refusal.ts";
import { readDType } from "./tensor-meta.ts";

/** What the names of one graph stand for. */
export type Scope = Map<string, Argument>;

type ArgumentRule = (payload: JsonValue, scope: Scope) => Argument;

/** Non-finite floats are strings since torch 2.7. */
const FLOATS: Readonly<Record<string, number>> = {
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  NaN: Number.NaN,
};

function lookUp(value: JsonValue | undefined, scope: Scope): Argument {
  const name = asString(value, "a value's name");
  const found = scope.get(name);
  if (found === undefined) throw new Malformed(`the value ${name} is used before it is made`);
  return found;
}

const reference: ArgumentRule = (payload, scope) => lookUp(asObject(payload, "a reference")["name"], scope);

/** SymInt, SymFloat and SymBool arguments, and optional tensors: a union inside the union. */
const inner: ArgumentRule = (payload, scope) => readArgument(payload, scope);

const integer: ArgumentRule = (payload) =>
  typeof payload === "bigint" ? payload : asInteger(payload, "an integer argument");

const float: ArgumentRule = (payload) => {
  const value = typeof payload === "string" ? FLOATS[payload] : payload;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "number") throw new Malformed("a float argument is not a number");
  return value;
};

const complex: ArgumentRule = (payload, scope) => {
  const { real = null, imag = null } = asObject(payload, "a complex number");
  return { re: Number(float(real, scope)), im: Number(float(imag, scope)) };
};

const boolean: ArgumentRule = (payload) => asBoolean(payload, "a boolean argument");
const text: ArgumentRule = (payload) => asString(payload, "a string argument");

function listOf(rule: ArgumentRule): ArgumentRule {
  return (payload, scope) => asArray(payload, "a list argument").map((item) => rule(item, scope));
}

function memberOf(names: readonly string[], what: string): ArgumentRule {
  return (payload) => {
    const code = asInteger(payload, what);
    const name = names[code];
    if (name === undefined) throw new Malformed(`${what} is ${code}, which PyTorch does not know`);
    return name;
  };
}

const device: ArgumentRule = (payload) => {
  const { type, index } = asObject(payload, "a device");
  return typeof index === "number" ? `${asString(type, "a device")}:${index}` : asString(type, "a device");
};

/** The name in the payload of a tensor or symbolic number; undefined for a constant. */
export function nameIn(payload: JsonValue): string | undefined {
  const name = isObject(payload) ? (payload["name"] ?? payload["as_name"]) : undefined;
  return name === undefined ? undefined : asString(name, "a value's name");
}

/** What has no form in the graph is named by a string; only operators that cannot run take such arguments. */
const named: ArgumentRule = (payload) => {
  const { name } = asObject(payload, "a named argument");
  return asString(name, "a named argument");
};

const refused =
  (kind: string): ArgumentRule =>
  () => {
    throw new Unsupported(`an operator's argument that is ${kind}`, "remove it from the model");
  };

/** The tags of torch.export's Argument union and of the unions inside it. */
const RULES: ReadonlyMap<string, ArgumentRule> = new Map<string, ArgumentRule>([
  ["as_none", () => null],
  ["as_name", lookUp],
  ["as_tensor", reference],
  ["as_tensors", listOf(reference)],
  ["as_nested_tensors", listOf(listOf(reference))],
  ["as_optional_tensor", inner],
  ["as_optional_tensors", listOf(inner)],
  ["as_int", integer],
  ["as_ints", listOf(integer)],
  ["as_int_lists", listOf(listOf(integer))],
  ["as_float", float],
  ["as_floats", listOf(float)],
  ["as_float_lists", listOf(listOf(float))],
  ["as_bool", boolean],
  ["as_bools", listOf(boolean)],
  ["as_string", text],
  ["as_strings", listOf(text)],
  ["as_sym_int", inner],
  ["as_sym_ints", listOf(inner)],
  ["as_sym_float", inner],
  ["as_sym_floats", listOf(inner)],
  ["as_sym_bool", inner],
  ["as_sym_bools", listOf(inner)],
  ["as_scalar_type", readDType],
  ["as_memory_format", memberOf(MEMORY_FORMATS, "a memory format")],
  ["as_layout", memberOf(LAYOUTS, "a layout")],
  ["as_device", device],
  ["as_operator", text],
  ["as_graph", named],
  ["as_custom_obj", named],
  ["as_complex", complex],
  ["as_string_to_argument", refused("a dictionary")],
]);

/** An operator's argument, with names resolved in `scope`. */
export function readArgument(value: JsonValue | undefined, scope: Scope): Argument {
  const [tag, payload] = asUnion(value, "an argument");
  const rule = RULES.get(tag);
  if (!rule) throw new Unsupported(`an operator's argument of the kind ${tag}`, EXPORT_WITH_KNOWN);
  return rule(payload, scope);
}
