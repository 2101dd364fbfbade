import { schemaOf } from "../../../graph/index.ts";
import { DECOMPOSITIONS } from "./decompositions.ts";
import { DICTS } from "./host/dicts.ts";
import { DEVICES, ENUMS, GENERAL, TUPLES } from "./host/general.ts";
import { HostCall, type HostRule, type HostRules, ruleIn } from "./host/host-rule.ts";
import { LISTS } from "./host/lists.ts";
import { numberRule } from "./host/numbers.ts";
import { STRINGS } from "./host/strings.ts";
import { tensorRule } from "./host/tensors.ts";
import { type Match, resolveOverload } from "./overloads.ts";
import { Raised } from "./raised.ts";
import type { Session } from "./session.ts";
import { textOf } from "./text.ts";
import { upgraded } from "./upgraders.ts";
import {
  DeviceValue,
  DictValue,
  EnumValue,
  type EvalValue,
  isNumber,
  ListValue,
  LostValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

type Keywords = ReadonlyMap<string, EvalValue>;

/** Namespaces whose operators are known by name alone. */
const HOSTED: ReadonlySet<string> = new Set(["aten", "prim", "_operator"]);

/** Assertions and markers that give nothing; nothing depends on them. */
const IGNORED: ReadonlySet<string> = new Set(["aten::_assert_async", "aten::_assert_tensor_metadata", "aten::_print"]);

function ofKind(rules: HostRules, isKind: (value: EvalValue | undefined) => boolean) {
  return (value: EvalValue | undefined, name: string): HostRule | undefined =>
    isKind(value) ? ruleIn(rules, name) : undefined;
}

const BY_FIRST_ARGUMENT = [
  (value: EvalValue | undefined, name: string) => (value instanceof TensorValue ? tensorRule(name) : undefined),
  ofKind(LISTS, (value) => value instanceof ListValue),
  ofKind(DICTS, (value) => value instanceof DictValue),
  ofKind(STRINGS, (value) => typeof value === "string"),
  ofKind(TUPLES, (value) => value instanceof TupleValue),
  ofKind(ENUMS, (value) => value instanceof EnumValue),
  ofKind(DEVICES, (value) => value instanceof DeviceValue),
  (value: EvalValue | undefined, name: string) => (isNumber(value) ? numberRule(name) : undefined),
];

function evaluatedHere(
  session: Session,
  name: string,
  args: readonly EvalValue[],
  keywords: Keywords,
): EvalValue | undefined {
  const [first] = args;
  const call = new HostCall(session, name, args, keywords);
  for (const find of BY_FIRST_ARGUMENT) {
    const result = find(first, name)?.(call);
    if (result !== undefined) return result;
  }
  return ruleIn(GENERAL, name)?.(call);
}

/** A tensor that an operator may change, or look into, is not known any more. */
function forgetShared({ schema, args }: Match): void {
  for (const { name, type } of schema.parameters) {
    const arg = type.alias === undefined ? undefined : args[name];
    const tensors = arg instanceof ListValue ? arg.content : [arg];
    for (const tensor of tensors) if (tensor instanceof TensorValue) tensor.forget();
  }
}

/** These change how a tensor looks at its memory. */
const RESHAPING: ReadonlySet<string> = new Set(
  "squeeze_ unsqueeze_ t_ transpose_ swapaxes_ swapdims_ as_strided_".split(" "),
);

/** The tensor that an in-place operator changed, which is its result. */
function changedBy(
  session: Session,
  { schema, args }: Match,
  [result]: readonly (EvalValue | undefined)[],
): TensorValue | undefined {
  const written = schema.parameters.filter(({ type }) => type.alias?.write);
  const self = args[written[0]?.name ?? ""];
  if (written.length !== 1 || schema.returns.length !== 1 || !(self instanceof TensorValue)) return undefined;
  if (!RESHAPING.has(schema.name) || !(result instanceof TensorValue)) return self;
  if (session.scope.parent) session.refuse(`${schema.name} in a branch or loop that data decide`, "use it outside");
  self.become(result);
  return self;
}

function inGraph(session: Session, operator: string, args: readonly EvalValue[], keywords: Keywords): EvalValue {
  const match = resolveOverload(session, operator.replace("::", "."), args, keywords);
  const { target } = match.schema;
  const composed = DECOMPOSITIONS.get(target);
  if (composed) return composed(session, match.args);
  const results = session.emit(target, withFloatRange(match));
  forgetShared(match);
  const changed = changedBy(session, match, results);
  if (changed) return changed;
  const { returns } = schemaOf(target) ?? match.schema;
  if (returns.length === 0) return null;
  if (returns.some(({ list }) => list)) return session.journal.made(new ListValue(results));
  return results.length === 1 ? (results[0] ?? null) : new TupleValue(results);
}

/** A range of floats is told by its dtype: its bounds are numbers in the graph. */
function withFloatRange({ schema, args }: Match): Match["args"] {
  if (schema.name !== "arange") return args;
  const isFloat = ["start", "end", "step"].some((name) => typeof args[name] === "number");
  return isFloat && (args["dtype"] ?? null) === null ? { ...args, dtype: "float32" } : args;
}

function raise({ fuel }: Session, args: readonly EvalValue[]): never {
  throw new Raised(args[0] === undefined ? "an exception" : textOf(fuel, args[0]));
}

/** These look at one item of a list or dict, or at none, or count those that they add themselves. */
const OF_ONE_ITEM: ReadonlySet<string> = new Set(
  "len __getitem__ _set_item append extend add_ get setdefault __is__ __isnot__ unchecked_unwrap_optional".split(" "),
);
const OF_ONE_KEY: ReadonlySet<string> = new Set("__contains__ pop Delete".split(" "));

function lengthOf(value: EvalValue): number {
  if (typeof value === "string") return value.length;
  if (value instanceof ListValue) return value.content.length;
  if (value instanceof TupleValue) return value.items.length;
  return value instanceof DictValue ? value.content.size : 0;
}

/** Pays for what an operator looks at. */
function pay({ fuel }: Session, name: string, args: readonly EvalValue[]): void {
  fuel.spend();
  if (OF_ONE_ITEM.has(name) || (args[0] instanceof DictValue && OF_ONE_KEY.has(name))) return;
  for (const arg of args) fuel.look(lengthOf(arg));
}

/** What a call of an operator by its qualified name gives: evaluated here, or put into the graph. */
export function callOperator(
  session: Session,
  operator: string,
  args: readonly EvalValue[],
  keywords: Keywords,
): EvalValue {
  const [namespace = "", name = ""] = operator.split("::");
  pay(session, name, args);
  if (operator === "prim::RaiseException") return raise(session, args);
  if (IGNORED.has(operator)) return null;
  const call = upgraded(name, session.archive.version, { args, keywords });
  refuseLost(session, name, call.args);
  const here = HOSTED.has(namespace) ? evaluatedHere(session, name, call.args, call.keywords) : undefined;
  return here === undefined ? inGraph(session, operator, call.args, call.keywords) : here;
}

function refuseLost(session: Session, name: string, args: readonly EvalValue[]): void {
  const lost = args.find((arg) => arg instanceof LostValue);
  if (lost instanceof LostValue && name !== "format")
    session.refuse(lost.reason, "let the branches give values of one type");
}
