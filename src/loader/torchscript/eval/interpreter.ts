import type { Expression, FunctionDefinition, KeywordArgument, Statement, TypeExpression } from "../syntax/ast.ts";
import { toBool } from "./arithmetic.ts";
import { branch, type Continuation, ForkedValue, goOnInBranches } from "./branches.ts";
import { evaluateExpression } from "./expressions.ts";
import type { Frame } from "./frame.ts";
import { loopFor, loopWhile } from "./loops.ts";
import type { ObjectTable } from "./object-table.ts";
import type { Session } from "./session.ts";
import {
  type EvalValue,
  isNumber,
  ListValue,
  ObjectValue,
  type ScalarValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

type Named = ReadonlyMap<string, EvalValue>;
type Of<Kind extends Statement["kind"]> = Extract<Statement, { readonly kind: Kind }>;
type Rest = () => readonly Statement[];
/** Returns true when it ran the statements after it too. */
type Rule<Kind extends Statement["kind"]> = (
  run: Interpreter,
  statement: Of<Kind>,
  frame: Frame,
  rest: Rest,
) => unknown;
type Rules = { readonly [Kind in Statement["kind"]]: Rule<Kind> };

/** Where the value of `return` is kept. */
const RESULT = "return";

function unpack(run: Interpreter, targets: readonly string[], whole: EvalValue, frame: Frame): void {
  const items = whole instanceof TupleValue ? whole.items : whole instanceof ListValue ? whole.content : undefined;
  if (items?.length !== targets.length) {
    run.session.refuse(`${targets.length} names for ${items?.length ?? "no"} values`, "give inputs that fit the model");
  }
  run.session.fuel.spend(targets.length);
  for (const [i, target] of targets.entries()) frame.variables.set(target, items[i] ?? null);
}

/** Gives variables what an expression is, in each branch where branches made it. */
function bind(
  run: Interpreter,
  expression: Expression,
  frame: Frame,
  rest: Rest,
  { names, set }: Pick<Continuation, "names" | "set">,
): boolean {
  const value = run.evaluate(expression, frame);
  if (value instanceof ForkedValue) goOnInBranches(run, value, frame, { names, set, rest: rest() });
  else set(value);
  return value instanceof ForkedValue;
}

const setAttribute: Rule<"set-attribute"> = (run, { object, name, value }, frame) => {
  const owner = run.evaluate(object, frame);
  if (!(owner instanceof ObjectValue))
    return run.session.refuse("an attribute of what is no object", "export the model with torch.export");
  run.objects.setAttribute(owner, name, run.evaluate(value, frame));
};

/** `with` of an object: entering and leaving it are methods. */
const within: Rule<"with"> = (run, { context, target, body }, frame) => {
  const manager = run.evaluate(context, frame);
  if (!(manager instanceof ObjectValue))
    return run.session.refuse("a with of what is no object", "export the model with torch.export");
  const entered = run.method(manager, "__enter__", [], new Map());
  if (target !== undefined) frame.variables.set(target, entered);
  run.block(body, frame);
  run.method(manager, "__exit__", [null, null, null], new Map());
};

const RULES: Rules = {
  assign: (run, { target, type, value }, frame, rest) => {
    const set = (given: EvalValue) => frame.variables.set(target, run.typed(given, type));
    return bind(run, value, frame, rest, { names: [target], set });
  },
  unpack: (run, { targets, value }, frame, rest) =>
    bind(run, value, frame, rest, { names: targets, set: (given) => unpack(run, targets, given, frame) }),
  parallel: (run, { targets, values }, frame) => {
    run.session.fuel.spend(values.length);
    const results = values.map((value) => run.evaluate(value, frame));
    for (const [i, target] of targets.entries()) frame.variables.set(target, results[i] ?? null);
  },
  "set-attribute": setAttribute,
  expression: (run, { value }, frame) => {
    run.evaluate(value, frame);
  },
  if: branch,
  while: (run, statement, frame) => loopWhile(run, statement, frame),
  for: (run, statement, frame) => loopFor(run, statement, frame),
  with: within,
  define: (_, statement, frame) => frame.functions.set(statement.function.name, statement.function),
  return: (run, { value }, frame) => frame.variables.set(RESULT, value ? run.evaluate(value, frame) : null),
};

/** Evaluates TorchScript code: what is known now is computed now, the rest goes into the graph of the session. */
export class Interpreter {
  readonly session: Session;
  readonly objects: ObjectTable;

  constructor(session: Session, objects: ObjectTable) {
    this.session = session;
    this.objects = objects;
  }

  evaluate(expression: Expression, frame: Frame): EvalValue {
    return evaluateExpression(this, expression, frame);
  }

  arguments(args: readonly Expression[], keywords: readonly KeywordArgument[], frame: Frame): [EvalValue[], Named] {
    this.session.fuel.spend(args.length);
    const given = args.map((arg) => this.evaluate(arg, frame));
    const named = keywords.map(({ name, value }) => [name, this.evaluate(value, frame)] as const);
    return [given, new Map(named)];
  }

  block(statements: readonly Statement[], frame: Frame): void {
    const place = this.session.places.at(-1);
    for (const [i, statement] of statements.entries()) {
      this.session.fuel.spend();
      if (place) place.line = statement.line;
      const rule = RULES[statement.kind] as Rule<Statement["kind"]>;
      if (rule(this, statement as never, frame, () => statements.slice(i + 1)) === true) return;
    }
  }

  /** The truth of a condition: known, or a number of the graph. */
  truth(condition: Expression, frame: Frame): boolean | ScalarValue {
    const value = this.evaluate(condition, frame);
    if (isNumber(value)) return toBool(this.session, value);
    if (!(value instanceof TensorValue))
      return this.session.refuse("a condition that is no truth", "export the model with torch.export");
    return toBool(
      this.session,
      value.known?.[0] ?? (this.session.emit("aten.item.default", { self: value })[0] as ScalarValue),
    );
  }

  /** A value as a variable of the type holds it: an int is a float where the type says so. */
  typed(value: EvalValue, type: TypeExpression | undefined): EvalValue {
    return type?.name === "float" && typeof value === "bigint" ? Number(value) : value;
  }

  method(object: ObjectValue, name: string, args: readonly EvalValue[], named: Named): EvalValue {
    this.objects.settle(object);
    const method = object.definition?.methods.get(name);
    if (method) return this.call(method, [object, ...args], named);
    return this.session.refuse(`the method ${name} of ${object.className}`, "export the model with torch.export");
  }

  call(definition: FunctionDefinition, args: readonly EvalValue[], named: Named, outer?: Frame): EvalValue {
    this.session.fuel.look(definition.parameters.length + (outer?.variables.size ?? 0));
    const variables = new Map(outer?.variables);
    for (const [i, parameter] of definition.parameters.entries()) {
      variables.set(parameter.name, this.#argument(definition, i, args, named));
    }
    const frame = { definition, variables, functions: new Map(outer?.functions) };
    return this.session.fuel.deeper(() => this.#run(frame, args[0]));
  }

  #argument(definition: FunctionDefinition, index: number, args: readonly EvalValue[], named: Named): EvalValue {
    const { name, default: fallback, type } = definition.parameters[index] ?? {};
    const given = args[index] ?? (name === undefined ? undefined : named.get(name));
    if (given !== undefined) return this.typed(given, type);
    if (index < args.length || (name !== undefined && named.has(name))) return null;
    if (fallback) return this.evaluate(fallback, { definition, variables: new Map(), functions: new Map() });
    return this.session.refuse(`a call of ${definition.name} without ${name}`, "give all inputs of the model");
  }

  #run(frame: Frame, receiver: EvalValue | undefined): EvalValue {
    const { places } = this.session;
    const inherited = places.at(-1)?.modulePath ?? "";
    const modulePath = receiver instanceof ObjectValue ? (receiver.path ?? inherited) : inherited;
    places.push({ modulePath, file: frame.definition.file, line: frame.definition.line });
    this.block(frame.definition.body, frame);
    places.pop();
    return frame.variables.get(RESULT) ?? null;
  }

  /** What a forked function gives; it runs at once. */
  fork(name: string, frame: Frame): EvalValue {
    const definition = frame.functions.get(name);
    if (definition) return this.call(definition, [], new Map(), frame);
    return this.session.refuse(`the forked function ${name}, which is not defined`, "save the model again");
  }
}
