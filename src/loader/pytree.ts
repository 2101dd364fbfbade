import type { JsonObject, JsonValue } from "../container/index.ts";
import { asArray, asEmbeddedJson, asObject, isObject } from "./json-fields.ts";

type Key = string | number;

/** How a model's arguments or results were flattened: nested Python containers. */
export interface PyTree {
  readonly isLeaf: boolean;
  /** The keys or field names of the children; absent for lists and tuples. */
  readonly keys?: readonly Key[];
  readonly children: readonly PyTree[];
}

function isKeys(value: JsonValue | undefined, count: number): value is readonly Key[] {
  const isKey = (key: JsonValue) => typeof key === "string" || typeof key === "number";
  return Array.isArray(value) && value.length === count && value.every(isKey);
}

function namedTupleFields(type: JsonValue | undefined, fields: JsonObject): JsonValue | undefined {
  const entry = typeof type === "string" ? fields[type] : undefined;
  return isObject(entry) ? entry["field_names"] : undefined;
}

/**
 * The keys of a container. dict and Hugging Face's ModelOutput give a list of keys as their context, a dataclass that
 * list and another one, defaultdict an object with it, a named tuple its type's name.
 */
function keysOf(spec: JsonObject, count: number, fields: JsonObject): readonly Key[] | undefined {
  if (spec["type"] === "collections.namedtuple") {
    const names = namedTupleFields(spec["context"], fields);
    return isKeys(names, count) ? names : undefined;
  }
  const context = asEmbeddedJson(spec["context"], "a pytree context");
  const candidates = [context, Array.isArray(context) ? context[0] : isObject(context) && context["dict_context"]];
  return candidates.find((keys): keys is readonly Key[] => isKeys(keys, count));
}

function readTree(value: JsonValue | undefined, fields: JsonObject): PyTree {
  const spec = asObject(value, "a pytree");
  const children = asArray(spec["children_spec"], "the children of a pytree").map((child) => readTree(child, fields));
  if (spec["type"] === null) return { isLeaf: true, children: [] };
  const keys = keysOf(spec, children.length, fields);
  return { isLeaf: false, children, ...(keys && { keys }) };
}

/** Reads a spec such as `[1, {type, context, children_spec}]`, which PyTorch writes as JSON inside a string. */
export function readPyTree(text: JsonValue | undefined, namedTuples: JsonValue | undefined): PyTree {
  const [, spec] = asArray(asEmbeddedJson(text, "a pytree"), "a pytree");
  return readTree(spec, isObject(namedTuples) ? namedTuples : {});
}

function pathsBelow(tree: PyTree, prefix: readonly Key[]): readonly (readonly Key[])[] {
  if (tree.isLeaf) return [prefix];
  return tree.children.flatMap((child, i) => pathsBelow(child, [...prefix, tree.keys?.[i] ?? i]));
}

/** What callers call the leaves: `logits`, `past.0`; `output_0` in a bare tuple; `output` for a single tensor. */
export function leafNames(tree: PyTree): readonly string[] {
  return pathsBelow(tree, []).map(([first, ...rest]) => {
    if (first === undefined) return "output";
    return [tree.keys ? first : `output_${first}`, ...rest].join(".") || "output";
  });
}
