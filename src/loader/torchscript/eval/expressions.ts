import type { Expression, TypeExpression } from "../syntax/ast.ts";
import { callOperator } from "./call-operator.ts";
import type { Frame } from "./frame.ts";
import { HostCall } from "./host/host-rule.ts";
import { toList } from "./host/tensors.ts";
import { isInstance } from "./instance.ts";
import type { Interpreter } from "./interpreter.ts";
import { isToldTracing } from "./tracing-forms.ts";
import {
  DictValue,
  EnumValue,
  type EvalValue,
  FunctionValue,
  isKnownNumber,
  ListValue,
  LostValue,
  ObjectValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

type Of<Kind extends Expression["kind"]> = Extract<Expression, { readonly kind: Kind }>;
type Rule<Kind extends Expression["kind"]> = (run: Interpreter, expression: Of<Kind>, frame: Frame) => EvalValue;
type Rules = { readonly [Kind in Expression["kind"]]: Rule<Kind> };

/** Attributes that the language has for values that are no objects. */
const OPERATOR_ATTRIBUTES: ReadonlySet<string> = new Set(["name", "value", "type", "index"]);

function attribute(run: Interpreter, object: EvalValue, name: string): EvalValue {
  if (object instanceof ObjectValue) return run.objects.attribute(object, name);
  if (object instanceof TupleValue && object.fields) {
    run.session.fuel.look(object.fields.length);
    return object.items[object.fields.indexOf(name)] ?? null;
  }
  if (object instanceof EnumValue && name === "name") return object.member;
  if (object instanceof EnumValue && name === "value") return object.value;
  if (OPERATOR_ATTRIBUTES.has(name)) return callOperator(run.session, `prim::${name}`, [object], new Map());
  return run.session.refuse(`the attribute ${name}`, "export the model with torch.export");
}

/** Modules of a container are attributes by their position or name. */
function subscript(run: Interpreter, object: EvalValue, index: EvalValue): EvalValue {
  if (object instanceof ObjectValue) return run.objects.attribute(object, String(index));
  return callOperator(run.session, "aten::__getitem__", [object, index], new Map());
}

function position(value: EvalValue, fallback: number): number {
  return isKnownNumber(value) ? Number(value) : fallback;
}

const slice: Rule<"slice"> = (run, { object, from, to }, frame) => {
  const tuple = run.evaluate(object, frame);
  if (!(tuple instanceof TupleValue))
    return run.session.refuse("a slice of what is no tuple", "export the model with torch.export");
  run.session.fuel.look(tuple.items.length);
  const bounds = [from, to].map((bound) => (bound ? run.evaluate(bound, frame) : null));
  return new TupleValue(
    tuple.items.slice(position(bounds[0] ?? null, 0), position(bounds[1] ?? null, tuple.items.length)),
  );
};

const methodCall: Rule<"method-call"> = (run, { object, method, args, keywords }, frame) => {
  const receiver = run.evaluate(object, frame);
  const [given, named] = run.arguments(args, keywords, frame);
  if (receiver instanceof ObjectValue) return run.method(receiver, method, given, named);
  if (receiver instanceof TensorValue && method === "tolist") {
    return toList(new HostCall(run.session, method, [receiver], named)) ?? null;
  }
  return callOperator(run.session, `aten::${method}`, [receiver, ...given], named);
};

const call: Rule<"call"> = (run, { callee, args, keywords }, frame) => {
  const [given, named] = run.arguments(args, keywords, frame);
  if (callee.kind === "global") {
    const fields = run.objects.tupleFields(callee.name);
    if (fields) return new TupleValue(given, fields);
  }
  const target = run.evaluate(callee, frame);
  if (target instanceof FunctionValue) {
    return isToldTracing(target.definition, frame.definition) || run.call(target.definition, given, named);
  }
  return run.session.refuse("a call of what is no function", "export the model with torch.export");
};

/** Tensors that stand for their number: `annotate(int, x)` is how the code has them. */
const IMPLICIT: ReadonlyMap<string, string> = new Map([
  ["int", "aten::IntImplicit"],
  ["float", "aten::FloatImplicit"],
  ["number", "aten::ScalarImplicit"],
]);

function annotated(value: EvalValue, type: TypeExpression, run: Interpreter): EvalValue {
  const conversion = value instanceof TensorValue ? IMPLICIT.get(type.name) : undefined;
  return conversion ? callOperator(run.session, conversion, [value], new Map()) : cast(value, type, run);
}

function cast(value: EvalValue, type: TypeExpression, run: Interpreter): EvalValue {
  const fields = run.objects.tupleFields(type.name);
  return value instanceof TupleValue && !value.fields && fields ? new TupleValue(value.items, fields) : value;
}

const RULES: Rules = {
  none: () => null,
  bool: (_, { value }) => value,
  int: (_, { value }) => BigInt(value),
  float: (_, { value }) => value,
  complex: (run) => run.session.refuse("a complex number", "compute with real numbers"),
  string: (_, { value }) => value,
  name: (run, { name }, frame) => {
    const value = frame.variables.get(name);
    if (value === undefined)
      return run.session.refuse(`the variable ${name}, which is not set`, "save the model again");
    return value;
  },
  "table-constant": (run, { index }) => run.objects.constant(index),
  global: (run, { name }) => run.objects.global(name),
  operator: (run, { name }) =>
    run.session.refuse(`the operator ${name} as a value`, "export the model with torch.export"),
  attribute: (run, { object, name }, frame) => attribute(run, run.evaluate(object, frame), name),
  subscript: (run, { object, index }, frame) => subscript(run, run.evaluate(object, frame), run.evaluate(index, frame)),
  slice,
  list: (run, { items }, frame) => {
    run.session.fuel.spend(items.length);
    return run.session.journal.made(new ListValue(items.map((item) => run.evaluate(item, frame))));
  },
  tuple: (run, { items }, frame) => {
    run.session.fuel.spend(items.length);
    return new TupleValue(items.map((item) => run.evaluate(item, frame)));
  },
  dict: (run, { entries }, frame) => {
    run.session.fuel.spend(entries.length);
    return run.session.journal.made(
      new DictValue(entries.map(([key, value]) => [run.evaluate(key, frame), run.evaluate(value, frame)] as const)),
    );
  },
  "operator-call": (run, { operator, args, keywords }, frame) =>
    callOperator(run.session, operator, ...run.arguments(args, keywords, frame)),
  call,
  "method-call": methodCall,
  create: (run, { className }) => run.objects.create(className),
  annotate: (run, { type, value }, frame) => annotated(run.evaluate(value, frame), type, run),
  cast: (run, { type, value }, frame) => cast(run.evaluate(value, frame), type, run),
  uninitialized: () => new LostValue("a value that was never set", true),
  isinstance: (run, { value, types }, frame) => {
    const given = run.evaluate(value, frame);
    return types.some((type) => isInstance(run.session.fuel, given, type));
  },
  fork: (run, expression, frame) => run.fork(expression.function, frame),
};

export function evaluateExpression(run: Interpreter, expression: Expression, frame: Frame): EvalValue {
  const rule = RULES[expression.kind] as Rule<Expression["kind"]>;
  return rule(run, expression as never, frame);
}
