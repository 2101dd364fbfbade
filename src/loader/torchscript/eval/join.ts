import { type Dim, formatShape } from "../../../core/index.ts";
import { type ScalarType, sameDim, type TensorType, type Value, type ValueType } from "../../../graph/index.ts";
import { kindOf } from "./kinds.ts";
import type { Session } from "./session.ts";
import { leastOf } from "./size-order.ts";
import {
  type AnyContainer,
  DictValue,
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

type ScalarKind = ScalarType["dtype"];

/** A value that waits for the results of the operator that joins two branches. */
export type Joined = (results: readonly Value[]) => EvalValue;

/** What a branch gives for a result of that operator; a value that was never set stands for any. */
export type Leaf = TensorValue | NumberValue | LostValue;

/** A result of that operator: what each branch gives. */
export interface Slot {
  readonly yes: Leaf;
  readonly no: Leaf;
  readonly type: ValueType;
}

export function isUnset(value: EvalValue): value is LostValue {
  return value instanceof LostValue && value.isUnset;
}

export function typeOf(value: TensorValue | NumberValue): ValueType {
  if (value instanceof TensorValue) return value.type;
  const dim = dimOf(value);
  return { kind: "scalar", dtype: scalarKind(value), ...(typeof dim === "object" && { dim }) };
}

export function scalarKind(value: NumberValue): ScalarKind {
  if (value instanceof ScalarValue) return value.dtype;
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float64";
}

function dimOf(value: NumberValue): Dim | undefined {
  if (typeof value === "bigint") return Number(value);
  const type = value instanceof ScalarValue ? value.value.type : undefined;
  return type?.kind === "scalar" ? type.dim : undefined;
}

/** The type of a number that is one of two. A symbol stands for what is never negative. */
export function joinedScalar(session: Session, a: NumberValue, b: NumberValue): ScalarType {
  const dtype = scalarKind(a);
  const [left, right] = [dimOf(a), dimOf(b)];
  if (dtype !== "int64" || left === undefined || right === undefined) return { kind: "scalar", dtype };
  if (sameDim(left, right)) return { kind: "scalar", dtype, dim: left };
  const isSize = [left, right].every((dim) => leastOf(dim, (name) => session.range(name)) >= 0);
  return isSize ? { kind: "scalar", dtype, dim: session.symbol("number") } : { kind: "scalar", dtype };
}

/** The type of a tensor that is one of two; undefined when no type is that of both. */
export function joinedTensor(session: Session, a: TensorType, b: TensorType): TensorType | undefined {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length) return undefined;
  const shape = a.shape.map((dim, axis) => (sameDim(dim, b.shape[axis] ?? 0) ? dim : session.symbol("size")));
  const isContiguous = a.contiguous === true && b.contiguous === true;
  return { kind: "tensor", dtype: a.dtype, shape, ...(isContiguous && { contiguous: true }) };
}

/** The containers that each of two branches made. */
export interface MadeContainers {
  readonly yes: ReadonlySet<AnyContainer>;
  readonly no: ReadonlySet<AnyContainer>;
}

type Joinable = ListValue | DictValue;

/** Two containers that become one. */
class Pairing {
  readonly joined: Joined;
  /** Whether there may be more containers that are the same as these. */
  isDoubtful = false;
  #result: Joinable | undefined;

  constructor(session: Session, make: (results: readonly Value[]) => Joinable) {
    this.joined = (results) => {
      this.#result ??= session.journal.made(make(results));
      if (this.isDoubtful) session.journal.doubt(this.#result);
      return this.#result;
    };
  }
}

/** Finds what two branches leave alike and what the graph has to choose. */
export class Joiner {
  readonly slots: Slot[] = [];
  readonly #session: Session;
  readonly #made: MadeContainers;
  readonly #pairings = new Map<Joinable, Pairing>();
  #apartCount = 0;

  constructor(session: Session, made: MadeContainers) {
    this.#session = session;
    this.#made = made;
  }

  /** How many pairs of tensors were of different types. */
  get apartCount(): number {
    return this.#apartCount;
  }

  join(yes: EvalValue, no: EvalValue): Joined {
    this.#session.fuel.walk();
    if (yes === no) return () => yes;
    if (isNumber(yes) && isNumber(no)) return this.#numbers(yes, no);
    if (yes instanceof TensorValue && no instanceof TensorValue) return this.#tensors(yes, no);
    if (yes instanceof ListValue && no instanceof ListValue) {
      const items = this.#items(yes.content, no.content);
      if (items) return this.#paired(yes, no, (results) => new ListValue(items.map((item) => item(results))));
    }
    if (yes instanceof TupleValue && no instanceof TupleValue) {
      const items = this.#items(yes.items, no.items);
      if (items)
        return (results) =>
          new TupleValue(
            items.map((item) => item(results)),
            yes.fields,
          );
    }
    if (yes instanceof DictValue && no instanceof DictValue) return this.#dicts(yes, no);
    return this.#apart(yes, no);
  }

  #apart(yes: EvalValue, no: EvalValue): Joined {
    if (isUnset(yes)) return this.#either(no, (value) => ({ yes, no: value, type: typeOf(value) }));
    if (isUnset(no)) return this.#either(yes, (value) => ({ yes: value, no, type: typeOf(value) }));
    if (yes instanceof TensorValue && no instanceof TensorValue) this.#apartCount++;
    const lost = new LostValue(`a value that is ${describe(yes)} in one branch and ${describe(no)} in another`);
    return () => lost;
  }

  /** The value of the one branch that sets it: nobody looks at it after the other. */
  #either(value: EvalValue, slot: (leaf: TensorValue | NumberValue) => Slot): Joined {
    this.#session.fuel.walk();
    if (this.#isOuter(value)) return () => value;
    if (value instanceof TensorValue || isNumber(value)) return this.#slot(slot(value));
    if (value instanceof TupleValue) {
      const items = value.items.map((item) => this.#either(item, slot));
      return (results) =>
        new TupleValue(
          items.map((item) => item(results)),
          value.fields,
        );
    }
    const lost = new LostValue(`a ${kindOf(value)} that only one branch sets`);
    return () => lost;
  }

  /** Whether a value means the same outside of the branch. */
  #isOuter(value: EvalValue): boolean {
    this.#session.fuel.spend();
    if (value instanceof TensorValue || value instanceof ScalarValue) {
      const { scope } = this.#session;
      if (value.value === undefined) return value instanceof TensorValue && scope.isInside(value.home);
      return scope.isVisible(value.value);
    }
    if (value instanceof TupleValue) return value.items.every((item) => this.#isOuter(item));
    return !(value instanceof ListValue || value instanceof DictValue);
  }

  #items(yes: readonly EvalValue[], no: readonly EvalValue[]): readonly Joined[] | undefined {
    if (yes.length !== no.length) return undefined;
    return yes.map((item, i) => this.join(item, no[i] ?? null));
  }

  #dicts(yes: DictValue, no: DictValue): Joined {
    const keys = [...yes.content.keys()];
    const isAlike = keys.length === no.content.size && [...no.content.keys()].every((key, i) => key === keys[i]);
    if (!isAlike) return this.#apart(yes, no);
    const items = this.#items([...yes.content.values()], [...no.content.values()]) ?? [];
    const make = (results: readonly Value[]) =>
      new DictValue(items.map((item, i) => [keys[i] ?? null, item(results)] as const));
    return this.#paired(yes, no, make);
  }

  /** The same two containers are always the same one; whatever else may be the same must not change. */
  #paired(yes: Joinable, no: Joinable, make: (results: readonly Value[]) => Joinable): Joined {
    const others = [this.#pairings.get(yes), this.#pairings.get(no)];
    if (others[0] && others[0] === others[1]) return others[0].joined;
    const pairing = new Pairing(this.#session, make);
    for (const each of others) if (each) each.isDoubtful = pairing.isDoubtful = true;
    if (!(this.#made.yes.has(yes) && this.#made.no.has(no))) {
      pairing.isDoubtful = true;
      for (const each of [yes, no]) this.#session.journal.doubt(each);
    }
    for (const each of [yes, no]) this.#pairings.set(each, pairing);
    return pairing.joined;
  }

  #numbers(yes: NumberValue, no: NumberValue): Joined {
    if (scalarKind(yes) !== scalarKind(no)) return this.#apart(yes, no);
    if (isKnownNumber(yes) && isKnownNumber(no) && Object.is(yes, no)) return () => yes;
    return this.#slot({ yes, no, type: joinedScalar(this.#session, yes, no) });
  }

  #tensors(yes: TensorValue, no: TensorValue): Joined {
    const isSame = yes.value !== undefined && yes.value === no.value && this.#isOuter(yes);
    if (isSame) return () => yes;
    const type = joinedTensor(this.#session, yes.type, no.type);
    return type ? this.#slot({ yes, no, type }) : this.#apart(yes, no);
  }

  #slot(slot: Slot): Joined {
    const index = this.slots.push(slot) - 1;
    return (results) => {
      const value = results[index] as Value;
      return value.type.kind === "tensor" ? new TensorValue(value.type, value) : new ScalarValue(value);
    };
  }
}

function describe(value: EvalValue): string {
  if (!(value instanceof TensorValue)) return kindOf(value);
  return `a ${value.type.dtype} tensor of ${formatShape(value.type.shape)}`;
}
