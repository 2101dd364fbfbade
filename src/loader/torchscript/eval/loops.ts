import { type Dim, formatDim } from "../../../core/index.ts";
import { sameDim, type Value, type ValueType } from "../../../graph/index.ts";
import type { ForStatement, Statement, WhileStatement } from "../syntax/ast.ts";
import { arithmetic } from "./arithmetic.ts";
import { assignedNames } from "./assigned-names.ts";
import { type Outcome, placed, tryIn } from "./branches.ts";
import { checkCopies, writeBack } from "./changes-in-place.ts";
import type { Frame } from "./frame.ts";
import type { Fuel } from "./fuel.ts";
import type { Interpreter } from "./interpreter.ts";
import { isUnset, type Leaf, scalarKind } from "./join.ts";
import { kindOf } from "./kinds.ts";
import { Scope } from "./scope.ts";
import type { Session } from "./session.ts";
import {
  type EvalValue,
  isKnownNumber,
  isNumber,
  ListValue,
  LostValue,
  type NumberValue,
  ScalarValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

/** A loop that data end: how it is tested, and what it does. */
interface DataLoop {
  readonly names: readonly string[];
  readonly test: (frame: Frame) => boolean | ScalarValue;
  readonly body: (frame: Frame) => void;
}

const MAX_TRIALS = 16;
const HINT = "let the loop change tensors and numbers of fixed types";

/** Tensors and numbers of a value, through lists and tuples. */
function leavesOf(fuel: Fuel, value: EvalValue): readonly EvalValue[] {
  fuel.walk();
  const items = value instanceof TupleValue ? value.items : value instanceof ListValue ? value.content : undefined;
  return items?.flatMap((item) => leavesOf(fuel, item)) ?? [value];
}

function rebuild(value: EvalValue, next: () => EvalValue): EvalValue {
  if (value instanceof TupleValue)
    return new TupleValue(
      value.items.map((item) => rebuild(item, next)),
      value.fields,
    );
  return value instanceof ListValue ? new ListValue(value.content.map((item) => rebuild(item, next))) : next();
}

function isTyped(value: EvalValue): value is TensorValue | NumberValue {
  return value instanceof TensorValue || isNumber(value);
}

function isUnchanged(before: EvalValue, after: EvalValue): boolean {
  if (before === after || (isKnownNumber(before) && Object.is(before, after))) return true;
  const areHeld = before instanceof TensorValue || before instanceof ScalarValue;
  return (
    areHeld &&
    (after instanceof TensorValue || after instanceof ScalarValue) &&
    before.value !== undefined &&
    before.value === after.value
  );
}

/** The type of what changes in every round: a number is of no size that is known. */
function typeOf(value: TensorValue | NumberValue): ValueType {
  return value instanceof TensorValue ? value.type : { kind: "scalar", dtype: scalarKind(value) };
}

function heldBy(value: Value): TensorValue | ScalarValue {
  return value.type.kind === "tensor" ? new TensorValue(value.type, value) : new ScalarValue(value);
}

/** Finds what a loop carries from one round to the next, and puts it into the graph. */
class LoopWriter {
  readonly #run: Interpreter;
  readonly #frame: Frame;
  readonly #loop: DataLoop;
  /** What each variable holds before the loop. */
  readonly #before: readonly EvalValue[];
  readonly #leaves: readonly EvalValue[];
  /** The types of the leaves that change, by position. */
  readonly #types = new Map<number, ValueType>();
  readonly #lost = new Map<number, LostValue>();
  /** Symbols of sizes that change from round to round. */
  readonly #sizes = new Set<string>();
  /** Tensors around the loop that it changes in place. */
  #changed: ReadonlySet<Value> = new Set();

  constructor(run: Interpreter, frame: Frame, loop: DataLoop) {
    this.#run = run;
    this.#frame = frame;
    this.#loop = loop;
    this.#before = loop.names.map((name) => frame.variables.get(name) ?? null);
    this.#leaves = this.#before.flatMap((value) => leavesOf(run.session.fuel, value));
  }

  get #session(): Session {
    return this.#run.session;
  }

  write(): void {
    for (let trial = 0; trial < MAX_TRIALS; trial++) {
      const body = this.#trial(this.#loop.body, this.#changed);
      const after = this.#leavesAfter(body);
      const changed = new Set(body.scope.changes());
      const isMore = changed.size > this.#changed.size;
      this.#changed = changed;
      if (this.#widen(after) || isMore) continue;
      this.#emit(body, after);
      return;
    }
    this.#session.refuse("a loop whose values change their types in every round", HINT);
  }

  /** Runs a part of the loop in a graph whose inputs are what the loop carries. */
  #trial(part: (frame: Frame) => void, changed?: ReadonlySet<Value>): Outcome {
    const scope = new Scope(this.#session.scope, changed);
    const inputs = this.#leaves.map((leaf, i) => {
      const type = this.#types.get(i);
      return type ? heldBy(scope.input("carried", type)) : (this.#lost.get(i) ?? leaf);
    });
    for (const each of this.#changed) scope.carry(each);
    const outcome = tryIn(this.#run, this.#frame, scope, () => {
      this.#bind(inputs);
      part(this.#frame);
    });
    if (outcome.changes.size > 0)
      this.#session.refuse("a list, dict or object that changes in a loop that data end", HINT);
    return outcome;
  }

  #bind(leaves: readonly EvalValue[]): void {
    let next = 0;
    for (const [i, name] of this.#loop.names.entries()) {
      this.#frame.variables.set(
        name,
        rebuild(this.#before[i] ?? null, () => leaves[next++] ?? null),
      );
    }
  }

  #leavesAfter({ variables }: Outcome): readonly EvalValue[] {
    return this.#loop.names.flatMap((name, i) => {
      const { fuel } = this.#session;
      const after = leavesOf(fuel, variables.get(name) ?? null);
      if (after.length !== leavesOf(fuel, this.#before[i] ?? null).length)
        this.#session.refuse("a list that grows in a loop that data end", HINT);
      return after;
    });
  }

  /** Takes in that more leaves change, or have more types, than was known; whether that is so. */
  #widen(after: readonly EvalValue[]): boolean {
    let isWider = false;
    for (const [i, leaf] of after.entries()) {
      const before = this.#leaves[i] ?? null;
      const type = this.#types.get(i);
      if (!type && isUnchanged(before, leaf)) continue;
      if (this.#lost.has(i)) continue;
      if (!isTyped(leaf) || !(isTyped(before) || isUnset(before))) {
        this.#lose(i, leaf, before);
        isWider = true;
        continue;
      }
      const wider = this.#joined(type ?? typeOf(isTyped(before) ? before : leaf), typeOf(leaf));
      isWider ||= wider !== type;
      this.#types.set(i, wider);
    }
    return isWider;
  }

  /** What is of no type that the graph has may be set in a round, but not seen by the next. */
  #lose(i: number, leaf: EvalValue, before: EvalValue): void {
    const kinds = `${kindOf(before)} before a loop that data end and ${kindOf(leaf)} after a round of it`;
    this.#lost.set(i, new LostValue(`a variable that is ${kinds}`));
    this.#types.delete(i);
  }

  #joined(a: ValueType, b: ValueType): ValueType {
    if (a.kind === "scalar" && b.kind === "scalar" && a.dtype === b.dtype) return a;
    const isAlike =
      a.kind === "tensor" && b.kind === "tensor" && a.dtype === b.dtype && a.shape.length === b.shape.length;
    if (!isAlike) return this.#session.refuse("a variable that changes its type in a loop that data end", HINT);
    const shape = a.shape.map((dim, axis) => this.#size(dim, b.shape[axis] ?? 0));
    const isContiguous = a.contiguous === true && b.contiguous === true;
    const isSame = (a.contiguous === true) === isContiguous && shape.every((dim, axis) => dim === a.shape[axis]);
    return isSame ? a : { kind: "tensor", dtype: a.dtype, shape, ...(isContiguous && { contiguous: true }) };
  }

  /** A size that rounds change stands for any. */
  #size(a: Dim, b: Dim): Dim {
    if (sameDim(a, b) || this.#sizes.has(formatDim(a))) return a;
    const size = this.#session.symbol("size");
    this.#sizes.add(formatDim(size));
    return size;
  }

  #emit(body: Outcome, after: readonly EvalValue[]): void {
    const session = this.#session;
    let condition: boolean | ScalarValue = true;
    const test = this.#trial((frame) => {
      condition = this.#loop.test(frame);
    });
    const positions = [...this.#types.keys()].sort((a, b) => a - b);
    const types = positions.map((i) => this.#types.get(i) as ValueType);
    const bodyResults = this.#inside(
      body.scope,
      positions.map((i) => after[i] as Leaf),
      types,
    );
    const testResults = this.#inside(test.scope, [condition], [{ kind: "scalar", dtype: "bool" }]);
    const changed = [...this.#changed];
    const copies = changed.map((each) => body.scope.localize(each));
    const captures = [...new Set([...test.scope.captures, ...body.scope.captures])];
    const initial = positions.map((i, at) => placed(session, this.#leaves[i] as Leaf, types[at] as ValueType));
    checkCopies(session, changed, [...captures, ...initial], [{ scope: body.scope, results: bodyResults }]);
    const args = {
      cond_fn: { graph: test.scope.finish(testResults, captures) },
      body_fn: { graph: body.scope.finish([...bodyResults, ...copies], captures) },
      carried_inputs: [...initial, ...changed].map((value) => ({ value })),
      additional_inputs: captures.map((value) => ({ value })),
    };
    const resultTypes = [...types, ...changed.map(({ type }) => type)];
    const results = session.scope.add("higher_order.while_loop", args, resultTypes, session.origin) as readonly Value[];
    writeBack(session, changed, results.slice(types.length));
    const leaves = [...this.#leaves];
    for (const [at, i] of positions.entries()) leaves[i] = heldBy(results[at] as Value);
    for (const [i, value] of this.#lost) leaves[i] = value;
    this.#bind(leaves);
  }

  #inside(scope: Scope, results: readonly Leaf[], types: readonly ValueType[]): readonly Value[] {
    const session = this.#session;
    const outer = session.scope;
    session.scope = scope;
    const values = results.map((value, i) => scope.localize(placed(session, value, types[i] as ValueType)));
    session.scope = outer;
    return values;
  }
}

/** Puts a loop that data end into the graph. What it sets and nothing set before is not known after it. */
function writeLoop(
  run: Interpreter,
  frame: Frame,
  body: readonly Statement[],
  loop: Omit<DataLoop, "names">,
  extra: readonly string[],
): void {
  const assigned = [...new Set([...assignedNames(body), ...extra])];
  const names = assigned.filter((name) => frame.variables.has(name));
  new LoopWriter(run, frame, { ...loop, names }).write();
  for (const name of assigned) {
    if (!names.includes(name)) frame.variables.set(name, new LostValue("a variable that only a loop sets"));
  }
}

/** A `while`: its rounds one by one as long as the condition is known, then as a loop of the graph. */
export function loopWhile(run: Interpreter, { condition, body }: WhileStatement, frame: Frame): void {
  for (;;) {
    const truth = run.truth(condition, frame);
    if (truth === false) return;
    if (truth !== true) break;
    run.session.fuel.spend();
    run.block(body, frame);
  }
  const test = (inner: Frame) => run.truth(condition, inner);
  writeLoop(run, frame, body, { test, body: (inner) => run.block(body, inner) }, []);
}

const COUNTER = "the counter of a loop";

/** A `for`: its rounds one by one when their number is known, else as a loop of the graph. */
export function loopFor(run: Interpreter, { variable, count, body }: ForStatement, frame: Frame): void {
  const rounds = run.evaluate(count, frame);
  if (typeof rounds === "bigint") {
    for (let i = 0n; i < rounds; i++) {
      run.session.fuel.spend();
      frame.variables.set(variable, i);
      run.block(body, frame);
    }
    return;
  }
  if (!(rounds instanceof ScalarValue))
    run.session.refuse("a loop over what is no number", "export the model with torch.export");
  frame.variables.set(COUNTER, 0n);
  const counter = (inner: Frame) => inner.variables.get(COUNTER) as NumberValue;
  const round = (inner: Frame) => {
    const index = counter(inner);
    inner.variables.set(variable, index);
    run.block(body, inner);
    inner.variables.set(COUNTER, arithmetic(run.session, "add", index, 1n));
  };
  const test = (inner: Frame) => arithmetic(run.session, "lt", counter(inner), rounds) as ScalarValue;
  writeLoop(run, frame, body, { test, body: round }, [COUNTER]);
  frame.variables.delete(COUNTER);
}
