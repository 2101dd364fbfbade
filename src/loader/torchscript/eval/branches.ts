import type { Value, ValueType } from "../../../graph/index.ts";
import type { IfStatement, Statement } from "../syntax/ast.ts";
import { alwaysRaises, assignedNames } from "./assigned-names.ts";
import { checkCopies, writeBack } from "./changes-in-place.ts";
import type { Frame } from "./frame.ts";
import type { Interpreter } from "./interpreter.ts";
import { type Joined, Joiner, type Leaf, type Slot } from "./join.ts";
import type { Change } from "./journal.ts";
import { Raised } from "./raised.ts";
import { Scope } from "./scope.ts";
import type { Session } from "./session.ts";
import {
  type AnyContainer,
  DictValue,
  type EvalValue,
  isKnownNumber,
  ListValue,
  LostValue,
  ObjectValue,
  type ScalarValue,
  TensorValue,
} from "./values.ts";

/** What a branch that was tried leaves. */
export interface Outcome {
  readonly scope: Scope;
  readonly variables: ReadonlyMap<string, EvalValue>;
  readonly changes: ReadonlyMap<AnyContainer, Change>;
}

/** Runs `body` in a graph of its own, and takes back what it changes. */
export function tryIn(run: Interpreter, frame: Frame, scope: Scope, body: () => void): Outcome {
  const { session } = run;
  const { variables } = frame;
  const depth = session.places.length;
  const outer = session.scope;
  frame.variables = new Map(variables);
  session.scope = scope;
  try {
    const { changes } = session.journal.attempt(body);
    return { scope, variables: frame.variables, changes };
  } finally {
    session.scope = outer;
    session.places.length = depth;
    frame.variables = variables;
  }
}

function tryBranch(
  run: Interpreter,
  statements: readonly Statement[],
  frame: Frame,
  changed: ReadonlySet<Value>,
): Outcome | Raised {
  try {
    return tryIn(run, frame, new Scope(run.session.scope, changed), () => run.block(statements, frame));
  } catch (error) {
    if (error instanceof Raised) return error;
    throw error;
  }
}

/** What stands for a value that was never set. */
function placeholder(session: Session, type: ValueType): Value {
  if (type.kind === "scalar") return placed(session, { bool: false, int64: 0n, float64: 0 }[type.dtype], type);
  const size = new ListValue(type.shape.map((dim) => (typeof dim === "number" ? BigInt(dim) : 1n)));
  return session.place(session.emitTensor("aten.zeros.default", { size, dtype: type.dtype }));
}

/** A tensor or number as a value of the graph. */
export function placed(session: Session, value: Leaf, type: ValueType): Value {
  if (value instanceof LostValue) return placeholder(session, type);
  if (value instanceof TensorValue) return session.place(value);
  if (!isKnownNumber(value)) return value.value;
  const target = { boolean: "torch.sym_not", bigint: "_operator.pos", number: "torch.sym_float" }[
    typeof value as string
  ];
  const a = typeof value === "boolean" ? !value : value;
  return (session.emit(target ?? "_operator.pos", { a })[0] as ScalarValue).value;
}

/** The graph of a branch, whose results are one side of the slots. */
function placedIn(session: Session, { scope }: Outcome, slots: readonly Slot[], side: "yes" | "no"): readonly Value[] {
  const outer = session.scope;
  session.scope = scope;
  const values = slots.map((slot) => scope.localize(placed(session, slot[side], slot.type)));
  session.scope = outer;
  return values;
}

function emitChoice(
  session: Session,
  condition: ScalarValue,
  yes: Outcome,
  no: Outcome,
  slots: readonly Slot[],
): readonly Value[] {
  const changed = yes.scope.changes();
  if (slots.length === 0 && changed.length === 0) return [];
  const parts = [
    { scope: yes.scope, results: placedIn(session, yes, slots, "yes") },
    { scope: no.scope, results: placedIn(session, no, slots, "no") },
  ] as const;
  const [yesGraph, noGraph] = parts.map(({ scope, results }) => [
    ...results,
    ...changed.map((each) => scope.localize(each)),
  ]);
  const captures = [...new Set([...yes.scope.captures, ...no.scope.captures])];
  checkCopies(session, changed, captures, parts);
  const args = {
    pred: { value: condition.value },
    true_fn: { graph: yes.scope.finish(yesGraph ?? [], captures) },
    false_fn: { graph: no.scope.finish(noGraph ?? [], captures) },
    operands: captures.map((value) => ({ value })),
  };
  const types = [...slots, ...changed].map(({ type }) => type);
  const results = session.scope.add("higher_order.cond", args, types, session.origin) as readonly Value[];
  writeBack(session, changed, results.slice(slots.length));
  return results;
}

function itemsOf(content: unknown): EvalValue {
  if (Array.isArray(content)) return new ListValue(content as EvalValue[]);
  return new DictValue(content as Map<EvalValue, EvalValue>);
}

/** What a container holds after a branch. */
function contentAfter({ changes }: Outcome, container: AnyContainer): EvalValue {
  return itemsOf(changes.get(container)?.after ?? container.content);
}

function joinContainers(
  run: Interpreter,
  joiner: Joiner,
  yes: Outcome,
  no: Outcome,
): readonly ((results: readonly Value[]) => void)[] {
  const containers = new Set([...yes.changes.keys(), ...no.changes.keys()]);
  return [...containers].map((container) => {
    const joined =
      container instanceof ObjectValue
        ? joinAttributes(joiner, contentAfter(yes, container) as DictValue, contentAfter(no, container) as DictValue)
        : joiner.join(contentAfter(yes, container), contentAfter(no, container));
    return (results) => fill(run, container, joined(results));
  });
}

/** Attributes that one branch alone sets are lost. */
function joinAttributes(joiner: Joiner, yes: DictValue, no: DictValue): Joined {
  const names = [...new Set([...yes.content.keys(), ...no.content.keys()])];
  const missing = new LostValue("an attribute that only one branch sets");
  const of = ({ content }: DictValue, name: EvalValue) => (content.has(name) ? (content.get(name) ?? null) : missing);
  const items = names.map((name) => joiner.join(of(yes, name), of(no, name)));
  return (results) => new DictValue(items.map((item, i) => [names[i] ?? null, item(results)] as const));
}

function fill(run: Interpreter, container: AnyContainer, value: EvalValue): void {
  if (value instanceof LostValue)
    run.session.refuse(
      `a ${container instanceof ListValue ? "list" : "dict"} that two branches change differently`,
      "let both change it alike",
    );
  run.session.journal.touch(container);
  (container as { content: unknown }).content = (value as ListValue | DictValue).content;
}

/** After both branches were tried: what they leave alike stays, the rest is chosen by the graph. */
function joinBranches(
  run: Interpreter,
  statement: IfStatement,
  condition: ScalarValue,
  yes: Outcome,
  no: Outcome,
  frame: Frame,
): void {
  const joiner = new Joiner(run.session);
  const names = assignedNames([...statement.body, ...statement.otherwise, ...returned(yes, no)]);
  const unset = new LostValue("a variable that only one branch sets");
  const joined = names.map((name) =>
    joiner.join(yes.variables.get(name) ?? given(yes, name, unset), no.variables.get(name) ?? given(no, name, unset)),
  );
  const containers = joinContainers(run, joiner, yes, no);
  const results = emitChoice(run.session, condition, yes, no, joiner.slots);
  for (const [i, name] of names.entries()) frame.variables.set(name, joined[i]?.(results) ?? null);
  for (const change of containers) change(results);
}

function given({ variables }: Outcome, name: string, unset: LostValue): EvalValue {
  return variables.has(name) ? null : unset;
}

function returned(...outcomes: readonly Outcome[]): readonly Statement[] {
  const isReturned = outcomes.some(({ variables }) => variables.has("return"));
  return isReturned ? [{ kind: "assign", target: "return", type: undefined, value: { kind: "none" }, line: 0 }] : [];
}

/** The branch that is taken whatever the inputs are; undefined when they decide. A branch that raises is never taken. */
function takenBranch(
  { body, otherwise }: IfStatement,
  condition: boolean | ScalarValue,
): readonly Statement[] | undefined {
  if (typeof condition === "boolean") return condition ? body : otherwise;
  if (alwaysRaises(body)) return otherwise;
  return alwaysRaises(otherwise) ? body : undefined;
}

/** An `if`: one branch when the condition is known, else both as graphs. */
export function branch(run: Interpreter, statement: IfStatement, frame: Frame): void {
  const condition = run.truth(statement.condition, frame);
  const taken = takenBranch(statement, condition);
  if (taken || typeof condition === "boolean") {
    run.block(taken ?? [], frame);
    return;
  }
  branchBoth(run, statement, condition, frame, new Set());
}

/** Tries both branches, and again when they turn out to change more tensors in place than was known. */
function branchBoth(
  run: Interpreter,
  statement: IfStatement,
  condition: ScalarValue,
  frame: Frame,
  changed: ReadonlySet<Value>,
): void {
  const yes = tryBranch(run, statement.body, frame, changed);
  const no = yes instanceof Raised ? yes : tryBranch(run, statement.otherwise, frame, changed);
  if (yes instanceof Raised) run.block(statement.otherwise, frame);
  else if (no instanceof Raised) run.block(statement.body, frame);
  else {
    const all = new Set([...yes.scope.changes(), ...no.scope.changes()]);
    if (all.size > changed.size) branchBoth(run, statement, condition, frame, all);
    else joinBranches(run, statement, condition, yes, no, frame);
  }
}
