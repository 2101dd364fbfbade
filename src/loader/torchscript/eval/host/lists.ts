import { arithmetic, not } from "../arithmetic.ts";
import { equal } from "../equality.ts";
import { type EvalValue, isNumber, ListValue, type NumberValue, ScalarValue, TensorValue } from "../values.ts";
import type { HostCall, HostRule, HostRules } from "./host-rule.ts";
import { order, pick, positionOf, slicePositions } from "./sequence.ts";

function listOf(call: HostCall): EvalValue[] {
  const list = call.argument(0);
  return list instanceof ListValue ? list.content : call.unfit("no list");
}

/** The list, which is about to change. */
function changing(call: HostCall): EvalValue[] {
  const list = call.argument(0);
  if (!(list instanceof ListValue)) return call.unfit("no list");
  call.session.journal.touch(list);
  return list.content;
}

function made(call: HostCall, items: readonly EvalValue[]): ListValue {
  call.session.fuel.spend(items.length);
  return call.session.journal.made(new ListValue(items));
}

function isSame(call: HostCall, a: EvalValue, b: EvalValue): boolean {
  if (a instanceof TensorValue || b instanceof TensorValue) return call.unfit("tensors to be compared");
  const result = equal(call.session, a, b);
  return typeof result === "boolean" ? result : call.undecided("numbers");
}

function indexOf(call: HostCall, value: EvalValue): number {
  return listOf(call).findIndex((item) => isSame(call, item, value));
}

const append: HostRule = (call) => {
  call.session.fuel.spend();
  changing(call).push(call.argument(1));
  return call.argument(0);
};

const extend: HostRule = (call) => {
  const more = call.argument(1);
  if (!(more instanceof ListValue)) return call.unfit("no list to add");
  call.session.fuel.spend(more.content.length);
  const added = [...more.content];
  const list = changing(call);
  for (const item of added) list.push(item);
  return null;
};

const insert: HostRule = (call) => {
  call.session.fuel.spend();
  changing(call).splice(call.int(1), 0, call.argument(2));
  return null;
};

const pop: HostRule = (call) => {
  const list = changing(call);
  const [item] = list.splice(positionOf(call, call.int(1, -1), list.length), 1);
  return item;
};

const remove: HostRule = (call) => {
  const position = indexOf(call, call.argument(1));
  changing(call).splice(positionOf(call, position < 0 ? listOf(call).length : position, listOf(call).length), 1);
  return null;
};

const drop: HostRule = (call) => {
  const list = changing(call);
  list.splice(positionOf(call, call.int(1), list.length), 1);
  return null;
};

const item: HostRule = (call) => listOf(call)[positionOf(call, call.int(1), listOf(call).length)];

const setItem: HostRule = (call) => {
  const list = changing(call);
  list[positionOf(call, call.int(1), list.length)] = call.argument(2);
  return call.argument(0);
};

const slice: HostRule = (call) => made(call, pick(listOf(call), slicePositions(call, listOf(call).length, 1)));

const joined: HostRule = (call) => {
  const other = call.argument(1);
  return other instanceof ListValue ? made(call, [...listOf(call), ...other.content]) : undefined;
};

/** In place, as `+=` has it. */
const joinedInPlace: HostRule = (call) => {
  extend(call);
  return call.argument(0);
};

const repeated: HostRule = (call) => {
  const [items, times] = [listOf(call), Math.max(0, call.int(1))];
  call.session.fuel.spend(items.length * times);
  return call.session.journal.made(new ListValue(Array.from({ length: times }, () => items).flat()));
};

const reverse: HostRule = (call) => {
  changing(call).reverse();
  return null;
};

function sorted(call: HostCall, items: readonly EvalValue[]): EvalValue[] {
  const isReversed = call.find(1, "reverse") === true;
  call.session.fuel.spend(items.length);
  return [...items].sort((a, b) => (isReversed ? order(call, b, a) : order(call, a, b)));
}

const sort: HostRule = (call) => {
  const items = sorted(call, listOf(call));
  const list = changing(call);
  for (const [i, item] of items.entries()) list[i] = item;
  return null;
};

function numbers(call: HostCall): readonly NumberValue[] | undefined {
  const items = listOf(call);
  call.session.fuel.spend(items.length);
  return items.every(isNumber) ? items : undefined;
}

const reduced =
  (name: string, empty?: NumberValue): HostRule =>
  (call) => {
    const items = numbers(call);
    if (items === undefined || call.args.length > 1) return undefined;
    const [first = empty, ...rest] = items;
    if (first === undefined) return call.unfit("an empty list");
    return rest.reduce((a, b) => arithmetic(call.session, name, a, b), first);
  };

const any: HostRule = (call) => numbers(call)?.some((each) => known(call, each));
const all: HostRule = (call) => numbers(call)?.every((each) => known(call, each));

function known(call: HostCall, value: NumberValue): boolean {
  return value instanceof ScalarValue ? call.undecided("truths") : Boolean(value);
}

const same: HostRule = (call) => equal(call.session, call.argument(0), call.argument(1));
const different: HostRule = (call) => not(call.session, equal(call.session, call.argument(0), call.argument(1)));
const copy: HostRule = (call) => made(call, listOf(call));

/** Operators whose first argument is a list. */
export const LISTS: HostRules = {
  len: (call) => BigInt(listOf(call).length),
  append,
  extend,
  insert,
  pop,
  remove,
  Delete: drop,
  __getitem__: item,
  _set_item: setItem,
  slice,
  add: joined,
  add_: joinedInPlace,
  mul: repeated,
  reverse,
  sort,
  sorted: (call) => new ListValue(sorted(call, listOf(call))),
  sum: reduced("add", 0n),
  max: reduced("max"),
  min: reduced("min"),
  any,
  all,
  eq: same,
  ne: different,
  copy,
  list: copy,
  clear: (call) => {
    changing(call).length = 0;
    return null;
  },
  index: (call) =>
    numbers(call) || listOf(call).every((each) => typeof each === "string")
      ? BigInt(positionOf(call, indexOf(call, call.argument(1)), listOf(call).length))
      : undefined,
  count: (call) => BigInt(listOf(call).filter((each) => isSame(call, each, call.argument(1))).length),
  __contains__: (call) => indexOf(call, call.argument(1)) >= 0,
};
