/**
 * What a pickle holds: a dict is a Map, bytes are a Uint8Array, integers beyond 2^53 are bigint. Values may be shared,
 * nested without limit and even cyclic, for a pickle can say so; who walks them must count.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleObject;

export interface PickleDict extends Map<PickleValue, PickleValue> {}
export interface PickleSet extends Set<PickleValue> {}

export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** Base of what the allow-listed globals of a format stand for or build. */
export abstract class PickleObject {
  /** What to call it in messages. */
  abstract readonly name: string;
}

/** Builds plain data from the arguments, or gives undefined when it does not take them. */
export type PickleBuilder = (args: readonly PickleValue[]) => PickleValue | undefined;

/** An allow-listed callable. What it builds is data of ours: nothing of the file's is ever run. */
export class PickleConstructor extends PickleObject {
  readonly name: string;
  readonly build: PickleBuilder;

  constructor(name: string, build: PickleBuilder) {
    super();
    this.name = name;
    this.build = build;
  }
}

/** A class of which torchrelay knows only the name. Its objects are {@link PickleInstance}s; it cannot be called. */
export class PickleClass extends PickleObject {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** An object of a {@link PickleClass}: what the pickle says about it, as inert data. */
export class PickleInstance extends PickleObject {
  /** Of the class. */
  readonly name: string;
  state: PickleValue = null;
  #items: PickleDict | undefined;

  constructor(name: string) {
    super();
    this.name = name;
  }

  /** What it holds as a kind of dict. */
  get items(): PickleDict {
    this.#items ??= new Map();
    return this.#items;
  }
}

/** A float, where it must be told from an integer of the same value. */
export class PickleFloat extends PickleObject {
  readonly name = "a float";
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }
}

/** What a pickle may name, by `module.name`: constants, and {@link PickleConstructor}s. */
export type PickleGlobals = ReadonlyMap<string, PickleValue>;
