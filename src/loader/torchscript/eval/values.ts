import type { TensorType, Value } from "../../../graph/index.ts";
import type { ClassDefinition, FunctionDefinition } from "../syntax/ast.ts";
import type { Scope } from "./scope.ts";

/**
 * What a variable of a TorchScript program holds while it is evaluated: ints are bigint, floats are numbers, None is
 * null; what only the inputs of the model decide is a {@link TensorValue} or a {@link ScalarValue}.
 */
export type EvalValue = null | boolean | bigint | number | string | HeldValue;

/** Values that are objects here. */
export type HeldValue =
  | TensorValue
  | ScalarValue
  | ListValue
  | TupleValue
  | DictValue
  | ObjectValue
  | FunctionValue
  | DeviceValue
  | EnumValue
  | LostValue;

/** A number that is known now, or one that the graph computes. */
export type NumberValue = boolean | bigint | number | ScalarValue;

/** A number that the graph computes; its type says which kind. */
export class ScalarValue {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }

  get dtype(): "int64" | "float64" | "bool" {
    return this.value.type.dtype as "int64" | "float64" | "bool";
  }
}

type Elements = readonly NumberValue[];

export class TensorValue {
  #type: TensorType;
  #value: Value | undefined;
  /** The graph in which the program made a tensor that is not put there yet. */
  readonly home: Scope | undefined;
  #known: Elements | (() => Elements | undefined) | undefined;

  constructor(type: TensorType, value: Value, known?: () => Elements | undefined);
  constructor(type: TensorType, value: undefined, known: Elements, home: Scope);
  constructor(
    type: TensorType,
    value: Value | undefined,
    known?: Elements | (() => Elements | undefined),
    home?: Scope,
  ) {
    this.#type = type;
    this.#value = value;
    this.#known = known;
    this.home = home;
  }

  get type(): TensorType {
    return this.#type;
  }

  /** The value of the graph; undefined for a tensor that is put there when an operator needs it. */
  get value(): Value | undefined {
    return this.#value;
  }

  /** Takes the shape that an operator such as `unsqueeze_` gives it. */
  become({ type, value }: TensorValue): void {
    this.#type = type;
    this.#value = value;
    this.#known = undefined;
  }

  /** Elements in row-major order, when they are known; undefined once an operator may have changed them. */
  get known(): Elements | undefined {
    if (typeof this.#known === "function") this.#known = this.#known();
    return this.#known;
  }

  forget(): void {
    this.#known = undefined;
  }
}

/** A container whose content may change; branches that are tried put back what they changed. */
export interface Container<Content> {
  readonly content: Content;
  snapshot(): Content;
  restore(content: Content): void;
}

export class ListValue implements Container<EvalValue[]> {
  content: EvalValue[];

  constructor(items: readonly EvalValue[]) {
    this.content = [...items];
  }

  snapshot(): EvalValue[] {
    return [...this.content];
  }

  restore(content: EvalValue[]): void {
    this.content = content;
  }
}

export class TupleValue {
  readonly items: readonly EvalValue[];
  /** Names of the items of a named tuple. */
  readonly fields: readonly string[] | undefined;

  constructor(items: readonly EvalValue[], fields?: readonly string[]) {
    this.items = items;
    this.fields = fields;
  }
}

/** Keys are strings, numbers and booleans; a float never equals an int as a key here, as no dict of TorchScript mixes them. */
export class DictValue implements Container<Map<EvalValue, EvalValue>> {
  content: Map<EvalValue, EvalValue>;

  constructor(entries: Iterable<readonly [EvalValue, EvalValue]> = []) {
    this.content = new Map(entries);
  }

  snapshot(): Map<EvalValue, EvalValue> {
    return new Map(this.content);
  }

  restore(content: Map<EvalValue, EvalValue>): void {
    this.content = content;
  }
}

export class ObjectValue implements Container<Map<string, EvalValue>> {
  readonly className: string;
  readonly definition: ClassDefinition | undefined;
  /** Where the root module has it: `encoder.layers.0`; undefined for objects that the program makes. */
  readonly path: string | undefined;
  content: Map<string, EvalValue> = new Map();
  /** What `__setstate__` is still to be given. */
  pendingState: EvalValue | undefined;

  constructor(className: string, definition: ClassDefinition | undefined, path: string | undefined) {
    this.className = className;
    this.definition = definition;
    this.path = path;
  }

  snapshot(): Map<string, EvalValue> {
    return new Map(this.content);
  }

  restore(content: Map<string, EvalValue>): void {
    this.content = content;
  }
}

export class FunctionValue {
  readonly definition: FunctionDefinition;

  constructor(definition: FunctionDefinition) {
    this.definition = definition;
  }
}

export class DeviceValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class EnumValue {
  readonly className: string;
  readonly member: string;
  readonly value: EvalValue;

  constructor(className: string, member: string, value: EvalValue) {
    this.className = className;
    this.member = member;
    this.value = value;
  }
}

/** What cannot be known, such as a variable that two branches leave different; an error when it is used. */
export class LostValue {
  readonly reason: string;
  /** Whether it stands for a value that the program never uses. */
  readonly isUnset: boolean;

  constructor(reason: string, isUnset = false) {
    this.reason = reason;
    this.isUnset = isUnset;
  }
}

export type AnyContainer = ListValue | DictValue | ObjectValue;

export function isKnownNumber(value: EvalValue | undefined): value is boolean | bigint | number {
  return typeof value === "boolean" || typeof value === "bigint" || typeof value === "number";
}

export function isNumber(value: EvalValue | undefined): value is NumberValue {
  return isKnownNumber(value) || value instanceof ScalarValue;
}
