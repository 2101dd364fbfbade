import { kindOf } from "./kinds.ts";
import type { Session } from "./session.ts";
import { DictValue, type EvalValue, ListValue, ObjectValue, TupleValue } from "./values.ts";

const MAX_DEPTH = 8;

function contentsOf(value: EvalValue): readonly EvalValue[] {
  if (value instanceof ListValue) return value.content;
  if (value instanceof TupleValue) return value.items;
  return value instanceof DictValue || value instanceof ObjectValue ? [...value.content.values()] : [];
}

function withContents(value: EvalValue, contents: readonly EvalValue[]): EvalValue {
  if (value instanceof ListValue) return new ListValue(contents);
  if (value instanceof TupleValue) return new TupleValue(contents, value.fields);
  if (value instanceof DictValue)
    return new DictValue([...value.content.keys()].map((key, i) => [key, contents[i] ?? null]));
  if (!(value instanceof ObjectValue)) return value;
  const copy = new ObjectValue(value.className, value.definition, undefined);
  copy.content = new Map([...value.content.keys()].map((name, i) => [name, contents[i] ?? null]));
  return copy;
}

function isPlainItself(value: EvalValue): boolean {
  if (value instanceof ObjectValue) return value.path === undefined && value.pendingState === undefined;
  const isContainer = value instanceof ListValue || value instanceof TupleValue || value instanceof DictValue;
  return value === null || typeof value !== "object" || isContainer;
}

/**
 * A copy of numbers, strings and containers and objects of them that the program made, all of which are known; undefined for
 * what holds anything else.
 */
export function plainCopy(session: Session, value: EvalValue, depth = 0): EvalValue | undefined {
  if (!isPlainItself(value) || depth > MAX_DEPTH) return undefined;
  const contents = contentsOf(value);
  session.fuel.spend(contents.length);
  const copies: EvalValue[] = [];
  for (const each of contents) {
    const copy = plainCopy(session, each, depth + 1);
    if (copy === undefined) return undefined;
    copies.push(copy);
  }
  return withContents(value, copies);
}

/** Tells equal plain values from others. */
export function plainText(value: EvalValue): string {
  if (value !== null && typeof value === "object") {
    const keys = value instanceof DictValue || value instanceof ObjectValue ? [...value.content.keys()] : [];
    return `${kindOf(value)} ${JSON.stringify([keys.map(plainText), contentsOf(value).map(plainText)])}`;
  }
  return `${kindOf(value)} ${Object.is(value, -0) ? "-0" : String(value)}`;
}

/** Whether two values are the same tensors and numbers, in lists and tuples alike. */
export function isSameContent(session: Session, a: EvalValue, b: EvalValue, depth = 0): boolean {
  if (Object.is(a, b)) return true;
  const areLists = a instanceof ListValue && b instanceof ListValue;
  const areTuples = a instanceof TupleValue && b instanceof TupleValue;
  if (!(areLists || areTuples) || depth > MAX_DEPTH) return false;
  const [left, right] = [contentsOf(a), contentsOf(b)];
  session.fuel.spend(left.length);
  return (
    left.length === right.length && left.every((each, i) => isSameContent(session, each, right[i] ?? null, depth + 1))
  );
}
