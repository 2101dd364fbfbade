import { assert, required } from "../util/index.ts";
import type { Argument } from "./types.ts";

/** Which memory a tensor shares, as `Tensor(a)` or, when the operator writes to it, `Tensor(a!)`. */
export interface Alias {
  readonly set: string;
  readonly write: boolean;
}

/** `Tensor?[]` is a list of optional elements, `int[2]?` an optional list for which a single int may stand. */
export interface SchemaType {
  /** `Tensor`, `Scalar`, `int`, `SymInt`, `float`, `bool`, `str`, `ScalarType`, `Layout`, `Device`, `MemoryFormat`, … */
  readonly base: string;
  readonly list: boolean;
  /** The length of a list for which a single value may stand. */
  readonly length?: number;
  readonly optional: boolean;
  readonly optionalElements: boolean;
  readonly alias?: Alias;
}

export interface Parameter {
  readonly name: string;
  readonly type: SchemaType;
  readonly keywordOnly: boolean;
  /** Absent when the argument must be given. */
  readonly default?: Argument;
}

/** The signature of one operator overload. */
export interface Schema {
  /** `aten.linear.default` */
  readonly target: string;
  /** `linear` */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returns: readonly SchemaType[];
}

const SCHEMA = /^(\w+)::(\w+)(?:\.(\w+))?\((.*)\) -> (.*)$/;
const TYPE = /(\w+)(?:\((\w)(!?)(?: -> \*)?\))?(?:(\?)?\[(\d*)\])?(\?)?/;
const DEFAULT = /\[[^\]]*\]|"[^"]*"|[^,]+/;
const PARAMETER = new RegExp(`(\\*)|${TYPE.source} (\\w+)(?:=(${DEFAULT.source}))?`, "g");
const CONSTANTS: ReadonlyMap<string, Argument> = new Map<string, Argument>([
  ["None", null],
  ["True", true],
  ["False", false],
]);

function parseType(groups: readonly (string | undefined)[]): SchemaType {
  const [base, set, write, optionalElement, length, optional] = groups;
  return {
    base: required(base, "a schema type has a name"),
    list: length !== undefined,
    ...(length && { length: Number(length) }),
    optional: optional === "?",
    optionalElements: optionalElement === "?",
    ...(set !== undefined && { alias: { set, write: write === "!" } }),
  };
}

function parseLiteral(text: string): Argument {
  if (text.startsWith("[")) {
    const items = text.slice(1, -1);
    return items === "" ? [] : items.split(",").map((item) => parseLiteral(item.trim()));
  }
  if (text.startsWith('"')) return text.slice(1, -1);
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return constant;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

/** A single default for a list of fixed length stands for every element. */
function parseDefault(text: string, type: SchemaType): Argument {
  const value = parseLiteral(text);
  const isRepeated = type.length !== undefined && value !== null && !Array.isArray(value);
  return isRepeated ? Array.from({ length: type.length }, () => value) : value;
}

function parseParameters(text: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  let keywordOnly = false;
  for (const [, star, ...rest] of text.matchAll(PARAMETER)) {
    if (star !== undefined) {
      keywordOnly = true;
      continue;
    }
    const type = parseType(rest);
    const [name, value] = rest.slice(6);
    parameters.push({
      name: required(name, "a parameter has a name"),
      type,
      keywordOnly,
      ...(value !== undefined && { default: parseDefault(value, type) }),
    });
  }
  return parameters;
}

function parseReturns(text: string): readonly SchemaType[] {
  const results = text.replace(/^\((.*)\)$/, "$1");
  if (results === "") return [];
  return results.split(", ").map((result) => parseType((TYPE.exec(result) ?? []).slice(1)));
}

/** The target of which a text tells the schema. */
export function schemaTarget(text: string): string {
  const name = text.slice(0, text.indexOf("(")).replace("::", ".");
  return name.indexOf(".") === name.lastIndexOf(".") ? `${name}.default` : name;
}

/** Parses PyTorch's text form: `aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False) -> Tensor`. */
export function parseSchema(text: string): Schema {
  const match = SCHEMA.exec(text);
  assert(match, `an operator schema: ${text}`);
  const [, , name = "", , parameters = "", returns = ""] = match;
  return {
    target: schemaTarget(text),
    name,
    parameters: parseParameters(parameters),
    returns: parseReturns(returns),
  };
}
