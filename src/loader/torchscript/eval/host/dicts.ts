import { DictValue, type EvalValue, ListValue, TupleValue } from "../values.ts";
import type { HostCall, HostRule, HostRules } from "./host-rule.ts";

function dictOf(call: HostCall): Map<EvalValue, EvalValue> {
  const dict = call.argument(0);
  return dict instanceof DictValue ? dict.content : call.unfit("no dict");
}

/** The dict, which is about to change. */
function changing(call: HostCall): Map<EvalValue, EvalValue> {
  const dict = call.argument(0);
  if (!(dict instanceof DictValue)) return call.unfit("no dict");
  call.session.journal.touch(dict);
  call.session.fuel.spend();
  return dict.content;
}

/** The entries of a dict, of which something is made. */
function entriesOf(call: HostCall): Map<EvalValue, EvalValue> {
  const dict = dictOf(call);
  call.session.fuel.spend(dict.size);
  return dict;
}

function key(call: HostCall): EvalValue {
  const value = call.argument(1);
  return typeof value === "object" ? call.undecided("a key") : value;
}

const item: HostRule = (call) => dictOf(call).get(key(call)) ?? missing(call);

function missing(call: HostCall): EvalValue {
  if (dictOf(call).has(key(call))) return null;
  return call.session.refuse(`the key ${String(key(call))} of a dict that lacks it`, "give other inputs");
}

const setItem: HostRule = (call) => {
  changing(call).set(key(call), call.argument(2));
  return null;
};

const pop: HostRule = (call) => {
  const value = dictOf(call).get(key(call)) ?? call.args[2] ?? missing(call);
  changing(call).delete(key(call));
  return value;
};

const drop: HostRule = (call) => {
  missing(call);
  changing(call).delete(key(call));
  return null;
};

const update: HostRule = (call) => {
  const other = call.argument(1);
  if (!(other instanceof DictValue)) return call.unfit("no dict to add");
  const dict = changing(call);
  call.session.fuel.spend(other.content.size);
  for (const [name, value] of other.content) dict.set(name, value);
  return null;
};

const setDefault: HostRule = (call) => {
  const dict = changing(call);
  if (!dict.has(key(call))) dict.set(key(call), call.argument(2));
  return dict.get(key(call));
};

/** Operators whose first argument is a dict. */
export const DICTS: HostRules = {
  len: (call) => BigInt(dictOf(call).size),
  __getitem__: item,
  _set_item: setItem,
  __contains__: (call) => dictOf(call).has(key(call)),
  get: (call) => dictOf(call).get(key(call)) ?? call.args[2] ?? null,
  keys: (call) => new ListValue([...entriesOf(call).keys()]),
  values: (call) => new ListValue([...entriesOf(call).values()]),
  items: (call) => new ListValue([...entriesOf(call)].map((pair) => new TupleValue(pair))),
  copy: (call) => new DictValue(entriesOf(call)),
  dict: (call) => new DictValue(entriesOf(call)),
  update,
  pop,
  Delete: drop,
  setdefault: setDefault,
  clear: (call) => {
    changing(call).clear();
    return null;
  },
};
