import { not } from "../arithmetic.ts";
import { equal, identical } from "../equality.ts";
import { textOf } from "../text.ts";
import {
  DeviceValue,
  DictValue,
  type EnumValue,
  type EvalValue,
  ListValue,
  TensorValue,
  TupleValue,
} from "../values.ts";
import type { HostRule, HostRules } from "./host-rule.ts";
import { pick, positionOf, slicePositions } from "./sequence.ts";
import { tensorOfData } from "./tensors.ts";

const nothing: HostRule = () => null;

const areTensors: HostRule = (call) => {
  const isTensor = call.args.some((arg) => arg instanceof TensorValue);
  return isTensor ? undefined : equal(call.session, call.argument(0), call.argument(1));
};

const device: HostRule = (call) => {
  const given = call.argument(0);
  return given instanceof DeviceValue ? given : new DeviceValue(call.string(0));
};

const unwrap: HostRule = (call) => call.argument(0);

function entriesOf(pairs: EvalValue | undefined): readonly (readonly [EvalValue, EvalValue])[] {
  const items = pairs instanceof ListValue ? pairs.content : [];
  return items.flatMap((pair) =>
    pair instanceof TupleValue ? [[pair.items[0] ?? null, pair.items[1] ?? null] as const] : [],
  );
}

/** `dict([(k, v)])` */
const dict: HostRule = (call) => {
  const [pairs] = call.args;
  return call.session.journal.made(new DictValue(pairs instanceof DictValue ? pairs.content : entriesOf(pairs)));
};

/** Operators that take arguments of any kind. */
export const GENERAL: HostRules = {
  __is__: (call) => identical(call.session, call.argument(0), call.argument(1)),
  __isnot__: (call) => !identical(call.session, call.argument(0), call.argument(1)),
  eq: areTensors,
  ne: (call) => {
    const result = areTensors(call);
    return result === undefined ? undefined : not(call.session, result as boolean);
  },
  tensor: tensorOfData,
  as_tensor: tensorOfData,
  device,
  unchecked_unwrap_optional: unwrap,
  str: (call) => textOf(call.session.fuel, call.argument(0)),
  Print: nothing,
  warn: nothing,
  set_grad_enabled: nothing,
  is_grad_enabled: () => false,
  is_autocast_enabled: () => false,
  is_autocast_cpu_enabled: () => false,
  is_scripting: () => true,
  manual_seed: nothing,
  wait: unwrap,
  awaitable_wait: unwrap,
  awaitable_nowait: unwrap,
  dict,
  list: (call) => new ListValue(typeof call.argument(0) === "string" ? [...call.string(0)] : []),
  profile: nothing,
  RecordFunction: nothing,
  get_default_dtype: () => 6n,
};

/** Operators whose first argument is a tuple. */
export const TUPLES: HostRules = {
  len: (call) => BigInt((call.argument(0) as TupleValue).items.length),
  TupleUnpack: unwrap,
  TupleIndex: (call) => {
    const { items } = call.argument(0) as TupleValue;
    return items[positionOf(call, call.int(1), items.length)];
  },
  __getitem__: (call) => {
    const { items } = call.argument(0) as TupleValue;
    return items[positionOf(call, call.int(1), items.length)];
  },
  TupleSlice: (call) => {
    const { items } = call.argument(0) as TupleValue;
    return new TupleValue(pick(items, slicePositions(call, items.length, 1)));
  },
};

/** Operators whose first argument is a member of an enumeration. */
export const ENUMS: HostRules = {
  EnumName: (call) => (call.argument(0) as EnumValue).member,
  EnumValue: (call) => (call.argument(0) as EnumValue).value,
};

/** Operators whose first argument is a device. */
export const DEVICES: HostRules = {
  type: (call) => (call.argument(0) as DeviceValue).name.replace(/:.*/, ""),
  index: () => null,
};
