import { type Limits, RelayError } from "../core/index.ts";
import { ByteReader } from "../util/index.ts";
import {
  PickleClass,
  PickleConstructor,
  PickleFloat,
  type PickleGlobals,
  PickleInstance,
  PickleTuple,
  type PickleValue,
} from "./pickle-values.ts";
import { checkLimit, corrupt, printable } from "./refusals.ts";

export interface PickleOptions {
  /** What messages call the file. */
  readonly file: string;
  readonly globals: PickleGlobals;
  /** What any other global stands for, such as a {@link PickleClass}. Without it, or when undefined, it is refused. */
  readonly unknown?: (name: string) => PickleValue | undefined;
  /** What a call of a {@link PickleClass} stands for, given its name and what it is called with. Without it calls are refused. */
  readonly callClass?: (name: string, argument: PickleValue) => PickleValue | undefined;
  /** Whether floats are told from integers, as {@link PickleFloat}s. */
  readonly floats?: "boxed";
  /** What a persistent id, PyTorch's way to name a storage, stands for. Without it such ids are refused. */
  readonly persistent?: (id: PickleValue) => PickleValue;
  /** Where the pickle begins, in bytes. */
  readonly offset?: number;
  readonly limits?: Limits;
}

const MAX_NAME_BYTES = 4096;
/** What a list, tuple or dict takes at least, about. */
const OBJECT_BYTES = 128;

function shallowSize(value: PickleValue): number {
  if (typeof value === "string" || value instanceof Uint8Array || Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return value instanceof PickleTuple ? value.items.length : 1;
}

/** The stack, marks and memo that the opcodes of a pickle work on. */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly memo: Map<number, PickleValue> = new Map();
  #isStopped = false;
  readonly #options: PickleOptions;
  readonly #limits: Limits;
  #stack: PickleValue[] = [];
  readonly #marked: PickleValue[][] = [];
  #builtBytes = 0;

  constructor(bytes: Uint8Array, options: PickleOptions, limits: Limits) {
    this.reader = new ByteReader(bytes, options.offset ?? 0);
    this.#options = options;
    this.#limits = limits;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
  }

  corrupt(problem: string): RelayError {
    return corrupt(this.#options.file, `its pickle ${problem} at byte ${this.reader.offset}`);
  }

  refuse(global: string): RelayError {
    return new RelayError("PICKLE_REFUSED", { file: printable(this.#options.file), global: printable(global) });
  }

  /** Pushes a new value. */
  push(value: PickleValue): void {
    if (typeof value === "object" && value !== null) this.#charge(OBJECT_BYTES);
    this.#stack.push(value);
  }

  /** Objects cost memory, and a pickle makes one with a byte or two. */
  #charge(bytes: number): void {
    this.#builtBytes += bytes;
    checkLimit(this.#options.file, "what its pickle builds", this.#builtBytes, "pickleBytes", this.#limits);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.corrupt("takes more than it gave");
    return value;
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.corrupt("takes more than it gave");
    return value;
  }

  mark(): void {
    this.#charge(OBJECT_BYTES);
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  /** What was pushed since the last mark. */
  popToMark(): PickleValue[] {
    const items = this.#stack;
    const below = this.#marked.pop();
    if (below === undefined) throw this.corrupt("has no mark");
    this.#stack = below;
    return items;
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.corrupt(`recalls ${index}, which it never stored,`);
    this.#stack.push(value);
  }

  /** The text up to the next line feed. */
  line(): string {
    const { bytes, offset } = this.reader;
    const end = bytes.subarray(offset, offset + MAX_NAME_BYTES).indexOf(0x0a);
    if (end < 0) throw this.corrupt("has an endless name");
    const text = Buffer.from(this.reader.take(end)).toString("utf8");
    this.reader.skip(1);
    return text;
  }

  pushGlobal(module: string, name: string): void {
    const qualified = `${module}.${name}`;
    const value = this.#options.globals.get(qualified) ?? this.#options.unknown?.(qualified);
    if (value === undefined) throw this.refuse(qualified);
    this.push(value);
  }

  pushPersistent(): void {
    const { persistent } = this.#options;
    if (!persistent) throw this.refuse("a persistent id");
    this.push(persistent(this.pop()));
  }

  /** Makes an object of a class: inert data when only the name of the class is known. */
  instantiate(): void {
    const args = this.pop();
    const type = this.top();
    if (type instanceof PickleClass) {
      this.pop();
      this.push(new PickleInstance(type.name));
    } else {
      this.#stack.push(args);
      this.construct();
    }
  }

  #callClass({ name }: PickleClass, argument: PickleValue): void {
    const value = this.#options.callClass?.(name, argument);
    if (value === undefined) throw this.refuse(name);
    this.push(value);
  }

  pushFloat(value: number): void {
    this.push(this.#options.floats === "boxed" ? new PickleFloat(value) : value);
  }

  /** Calls an allow-listed constructor; what its arguments hold is charged, for a pickle can repeat them at no cost. */
  construct(): void {
    const args = this.pop();
    const callee = this.pop();
    if (callee instanceof PickleClass) {
      this.#callClass(callee, args);
      return;
    }
    if (!(callee instanceof PickleConstructor)) throw this.refuse("a call of something that is no constructor");
    if (!(args instanceof PickleTuple)) throw this.corrupt("calls without a tuple of arguments");
    this.#charge(args.items.reduce<number>((sum, arg) => sum + shallowSize(arg), 0));
    const value = callee.build(args.items);
    if (value === undefined) throw this.corrupt(`gives ${callee.name} arguments that it does not take`);
    this.push(value);
  }
}
