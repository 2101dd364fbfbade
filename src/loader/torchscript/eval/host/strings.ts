import { hasText, textOf } from "../text.ts";
import { type EvalValue, ListValue, LostValue } from "../values.ts";
import type { HostCall, HostRule, HostRules } from "./host-rule.ts";
import { pick, positionOf, slicePositions } from "./sequence.ts";

function made(call: HostCall, text: string): string {
  call.session.fuel.look(text.length);
  return text;
}

/** A text that the inputs decide is only good for messages. */
function formatted(call: HostCall, template: string, args: readonly EvalValue[]): EvalValue {
  const { fuel } = call.session;
  if (!args.every((arg) => hasText(fuel, arg))) return new LostValue("a text that the inputs decide");
  let next = 0;
  return made(
    call,
    template.replaceAll("{}", () => textOf(fuel, args[next++] ?? null)),
  );
}

const slice: HostRule = (call) => {
  const text = call.string(0);
  call.session.fuel.spend(text.length);
  return pick(text, slicePositions(call, text.length, 1)).join("");
};

const split: HostRule = (call) => {
  const separator = call.args[1] ?? null;
  const text = call.string(0);
  call.session.fuel.spend(text.length);
  if (separator === null) return new ListValue(text.split(/\s+/).filter((part) => part !== ""));
  return typeof separator === "string" && separator !== ""
    ? new ListValue(text.split(separator))
    : call.unfit("no separator");
};

const join: HostRule = (call) => {
  const items = call.argument(1);
  const parts = items instanceof ListValue ? items.content : [];
  if (!parts.every((part) => typeof part === "string")) return call.unfit("items that are no str");
  for (const part of parts) call.session.fuel.look(part.length + call.string(0).length);
  return made(call, parts.join(call.string(0)));
};

const added: HostRule = (call) => {
  const other = call.argument(1);
  return typeof other === "string" ? made(call, call.string(0) + other) : other;
};

const replaced: HostRule = (call) => {
  const [text, old, instead] = [call.string(0), call.string(1), call.string(2)];
  call.session.fuel.look((text.length / Math.max(1, old.length) + 1) * instead.length);
  return made(call, text.replaceAll(old, instead));
};

const compare =
  (holds: (a: string, b: string) => boolean): HostRule =>
  (call) => {
    const other = call.argument(1);
    if (typeof other === "string") return holds(call.string(0), other);
    return other === null ? holds(call.string(0), "\0None") : undefined;
  };

/** Operators whose first argument is a string. */
export const STRINGS: HostRules = {
  format: (call) => formatted(call, call.string(0), call.args.slice(1)),
  len: (call) => BigInt(call.string(0).length),
  add: added,
  mul: (call) => {
    const times = Math.max(0, call.int(1));
    call.session.fuel.spend(call.string(0).length * times);
    return call.string(0).repeat(times);
  },
  eq: compare((a, b) => a === b),
  ne: compare((a, b) => a !== b),
  lt: compare((a, b) => a < b),
  gt: compare((a, b) => a > b),
  le: compare((a, b) => a <= b),
  ge: compare((a, b) => a >= b),
  slice,
  split,
  join,
  __getitem__: (call) => call.string(0)[positionOf(call, call.int(1), call.string(0).length)],
  __contains__: (call) => call.string(0).includes(call.string(1)),
  lower: (call) => call.string(0).toLowerCase(),
  upper: (call) => call.string(0).toUpperCase(),
  strip: (call) => call.string(0).trim(),
  startswith: (call) => call.string(0).startsWith(call.string(1)),
  endswith: (call) => call.string(0).endsWith(call.string(1)),
  find: (call) => BigInt(call.string(0).indexOf(call.string(1))),
  replace: replaced,
  Int: (call) => (/^\s*-?\d+\s*$/.test(call.string(0)) ? BigInt(call.string(0).trim()) : call.unfit("no number")),
  str: (call) => call.string(0),
};
