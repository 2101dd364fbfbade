import type { Value, ValueType } from "../../../graph/index.ts";
import type { IfStatement, Statement } from "../syntax/ast.ts";
import { alwaysRaises, assignedNames, isUsed } from "./assigned-names.ts";
import { checkCopies, writeBack } from "./changes-in-place.ts";
import type { Frame } from "./frame.ts";
import type { Interpreter } from "./interpreter.ts";
import { type Joined, Joiner, type Leaf, type Slot } from "./join.ts";
import type { Attempt } from "./journal.ts";
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
export interface Outcome extends Attempt {
  readonly scope: Scope;
  readonly variables: ReadonlyMap<string, EvalValue>;
}

/** Runs `body` in a graph of its own, and takes back what it changes. */
export function tryIn(run: Interpreter, frame: Frame, scope: Scope, body: () => void): Outcome {
  const { session } = run;
  const { variables } = frame;
  const depth = session.places.length;
  const outer = session.scope;
  session.fuel.look(variables.size);
  frame.variables = new Map(variables);
  session.scope = scope;
  try {
    return { ...session.journal.attempt(body), scope, variables: frame.variables };
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

interface Branches {
  readonly condition: ScalarValue;
  readonly yes: Outcome;
  readonly no: Outcome;
}

/** What a function returns whose branches give tensors of different types: who calls it goes on in each of them. */
export class ForkedValue extends LostValue {
  readonly branches: Branches;

  constructor(branches: Branches, reason: string) {
    super(reason);
    this.branches = branches;
  }
}

interface Joining {
  /** What each variable becomes. */
  readonly joined: ReadonlyMap<string, Joined>;
  /** Variables that hold tensors of different types. */
  readonly apart: ReadonlySet<string>;
}

function joinVariables(joiner: Joiner, names: readonly string[], { yes, no }: Branches): Joining {
  const unset = new LostValue("a variable that only one branch sets");
  const joined = new Map<string, Joined>();
  const apart = new Set<string>();
  for (const name of names) {
    const count = joiner.apartCount;
    const [left, right] = [yes, no].map((side) => side.variables.get(name) ?? given(side, name, unset));
    joined.set(name, joiner.join(left ?? null, right ?? null));
    if (joiner.apartCount > count) apart.add(name);
  }
  return { joined, apart };
}

/**
 * After both branches were tried: what they leave alike stays, the rest is chosen by the graph.
 * @returns false, and nothing is joined, when `rest`, which follows, uses tensors of different types
 */
function joinBranches(
  run: Interpreter,
  names: readonly string[],
  branches: Branches,
  frame: Frame,
  rest: readonly Statement[],
): boolean {
  const { condition, yes, no } = branches;
  const joiner = new Joiner(run.session, { yes: yes.made, no: no.made });
  const { joined, apart } = joinVariables(joiner, [...names, ...returned(yes, no)], branches);
  if ([...apart].some((name) => isUsed(name, rest))) return false;
  if (apart.has(RETURN)) {
    const lost = joined.get(RETURN)?.([]);
    const reason = lost instanceof LostValue ? lost.reason : "a value whose type data decide";
    frame.variables.set(RETURN, new ForkedValue(branches, reason));
    return true;
  }
  const containers = joinContainers(run, joiner, yes, no);
  const results = emitChoice(run.session, condition, yes, no, joiner.slots);
  for (const [name, value] of joined) frame.variables.set(name, value(results));
  for (const change of containers) change(results);
  return true;
}

function given({ variables }: Outcome, name: string, unset: LostValue): EvalValue {
  return variables.has(name) ? null : unset;
}

const RETURN = "return";

function returned(...outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.some(({ variables }) => variables.has(RETURN)) ? [RETURN] : [];
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

/**
 * An `if`: one branch when the condition is known, else both as graphs.
 * @param rest the statements after it
 * @returns whether it ran those too, because they depend on the branch
 */
export function branch(
  run: Interpreter,
  statement: IfStatement,
  frame: Frame,
  rest: () => readonly Statement[],
): boolean {
  const condition = run.truth(statement.condition, frame);
  const taken = takenBranch(statement, condition);
  if (taken || typeof condition === "boolean") {
    run.block(taken ?? [], frame);
    return false;
  }
  const following = rest();
  if (branchBoth(run, statement, condition, frame, following)) return false;
  const [body, otherwise] = [statement.body, statement.otherwise].map((each) => [...each, ...following]);
  branchBoth(run, { ...statement, body: body ?? [], otherwise: otherwise ?? [] }, condition, frame, []);
  return true;
}

/** Tries both branches, and again when they turn out to change more tensors in place than was known. */
function branchBoth(
  run: Interpreter,
  statement: IfStatement,
  condition: ScalarValue,
  frame: Frame,
  rest: readonly Statement[],
  changed: ReadonlySet<Value> = new Set(),
): boolean {
  const yes = tryBranch(run, statement.body, frame, changed);
  const no = yes instanceof Raised ? yes : tryBranch(run, statement.otherwise, frame, changed);
  if (yes instanceof Raised) run.block(statement.otherwise, frame);
  else if (no instanceof Raised) run.block(statement.body, frame);
  else {
    const all = new Set([...yes.scope.changes(), ...no.scope.changes()]);
    if (all.size > changed.size) return branchBoth(run, statement, condition, frame, rest, all);
    const names = assignedNames([...statement.body, ...statement.otherwise]);
    return joinBranches(run, names, { condition, yes, no }, frame, rest);
  }
  return true;
}

function changesOf({ yes, no }: Branches): ReadonlySet<Value> {
  return new Set([...yes.scope.changes(), ...no.scope.changes()]);
}

/** What happens after a call whose value is forked. */
export interface Continuation {
  /** The variables that hold the value. */
  readonly names: readonly string[];
  readonly set: (value: EvalValue) => void;
  /** The statements that follow. */
  readonly rest: readonly Statement[];
}

/** Goes on in each of the branches that gave a value, to the end of the statements that follow. */
export function goOnInBranches(
  run: Interpreter,
  { branches }: ForkedValue,
  frame: Frame,
  { names, set, rest }: Continuation,
): void {
  const { session } = run;
  const changedBefore = changesOf(branches).size;
  const [yes, no] = [branches.yes, branches.no].map((side) =>
    tryIn(run, frame, side.scope, () => {
      session.journal.repeat(side);
      set(side.variables.get(RETURN) ?? null);
      run.block(rest, frame);
    }),
  ) as [Outcome, Outcome];
  const after = { condition: branches.condition, yes, no };
  if (changesOf(after).size > changedBefore)
    session.refuse("a tensor that changes in place after branches of different types", "change a clone of it");
  joinBranches(run, [...names, ...assignedNames(rest)], after, frame, []);
}
