import { type Dim, formatDim, type SymbolRange } from "../../../core/index.ts";
import {
  type Argument,
  changedValues,
  type Graph,
  GraphBuilder,
  type GraphInput,
  mapArguments,
  memorySources,
  type Origin,
  type Value,
  type ValueType,
} from "../../../graph/index.ts";
import { assert } from "../../../util/index.ts";
import type { TensorValue } from "./values.ts";

/** A graph that grows: that of the model, or a part of it such as a branch, which sees the rest through its inputs. */
export class Scope {
  readonly builder: GraphBuilder = new GraphBuilder();
  readonly parent: Scope | undefined;
  /** Values of the scope around this one that the code here changes in place; it changes copies of them. */
  readonly #changed: ReadonlySet<Value>;
  readonly #values = new Set<Value>();
  readonly #inputs: GraphInput[] = [];
  /** Values of the scope around this one, with the inputs that stand for them here. */
  readonly #captured = new Map<Value, GraphInput>();
  readonly #copies = new Map<Value, Value>();
  readonly #scalars = new Map<string, Value>();
  readonly #placed = new Map<TensorValue, Value>();

  constructor(parent?: Scope, changed: ReadonlySet<Value> = new Set()) {
    this.parent = parent;
    this.#changed = changed;
  }

  get root(): Scope {
    return this.parent?.root ?? this;
  }

  /** Values of the scope around this one that are used here. */
  get captures(): readonly Value[] {
    return [...this.#captured.keys()];
  }

  own(value: Value): Value {
    this.#values.add(value);
    return value;
  }

  input(name: string, type: ValueType): Value {
    const value = this.own(this.builder.value(name, type));
    this.#inputs.push({ name: this.parent ? value.name : name, value });
    return value;
  }

  hasInput(name: string): boolean {
    return this.#inputs.some((input) => input.name === name);
  }

  /** The input that stands for `outer`, a value of the scope around this one. */
  #capture(outer: Value): GraphInput {
    const known = this.#captured.get(outer);
    if (known) return known;
    const value = this.own(this.builder.value(outer.name, outer.type));
    const input = { name: value.name, value };
    this.#captured.set(outer, input);
    return input;
  }

  /** The value that stands for `value` in this graph. */
  localize(value: Value): Value {
    if (this.#values.has(value)) return value;
    assert(this.parent, `%${value.name} is made in a scope around its use`);
    const outer = this.parent.localize(value);
    const known = this.#copies.get(outer);
    if (known) return known;
    const inner = this.#capture(outer).value;
    return this.#changed.has(outer) ? this.#copyOf(outer, inner) : inner;
  }

  #copyOf(outer: Value, inner: Value): Value {
    const copy = this.own(this.builder.node("aten.clone.default", { self: { value: inner } }, outer.type));
    this.#copies.set(outer, copy);
    return copy;
  }

  /** Lets `input`, which a loop carries, stand for `outer` here. */
  carry(outer: Value): Value {
    const input = this.input(outer.name, outer.type);
    this.#copies.set(outer, this.#changed.has(outer) ? this.#copyOf(outer, input) : input);
    return input;
  }

  /** Values of the scope around this one that the code here changes in place, whether they are copied or not. */
  changes(): readonly Value[] {
    const changed = changedValues(this.builder.nodes);
    const captured = this.captures.filter((outer) => changed.has(this.#captured.get(outer)?.value as Value));
    return [...new Set([...captured, ...this.#changed])];
  }

  /** The values, here and around, of which `value` may be a view. */
  memoryOf(value: Value): ReadonlySet<Value> {
    const found = new Set(memorySources(value, this.builder.nodes));
    for (const [outer, { value: inner }] of this.#captured) {
      if (found.has(inner)) for (const each of this.parent?.memoryOf(outer) ?? []) found.add(each);
    }
    return found;
  }

  /** Whether this is `outer` or a part of it. */
  isInside(outer: Scope | undefined): boolean {
    return this === outer || (this.parent?.isInside(outer) ?? false);
  }

  isVisible(value: Value): boolean {
    return this.#values.has(value) || (this.parent?.isVisible(value) ?? false);
  }

  add(
    target: string,
    args: Readonly<Record<string, Argument>>,
    types: readonly (ValueType | null)[],
    origin: Origin,
  ): readonly (Value | null)[] {
    const hint = target.split(".")[1] ?? target;
    const outputs = types.map((type) => type && this.own(this.builder.value(hint, type)));
    this.builder.add(
      target,
      mapArguments(args, (value) => this.localize(value)),
      outputs,
      origin,
    );
    return outputs;
  }

  symbol(name: string, range: SymbolRange): void {
    this.root.builder.symbol(name, range);
  }

  /** A number that was computed before, by its expression. */
  knownScalar(dim: Dim): Value | undefined {
    return this.#scalars.get(formatDim(dim)) ?? this.parent?.knownScalar(dim);
  }

  rememberScalar(dim: Dim, value: Value): void {
    this.#scalars.set(formatDim(dim), value);
  }

  /** The value of a tensor that is put into the graph when it is first needed. */
  placed(tensor: TensorValue): Value | undefined {
    return this.#placed.get(tensor) ?? this.parent?.placed(tensor);
  }

  place(tensor: TensorValue, value: Value): Value {
    this.#placed.set(tensor, value);
    return value;
  }

  /** The finished graph: its inputs are its own and then those for `captures`, its outputs are `results`. */
  finish(results: readonly Value[], captures: readonly Value[] = []): Graph {
    for (const [i, value] of results.entries()) this.builder.output(`result_${i}`, this.localize(value));
    const inputs = [...this.#inputs, ...captures.map((outer) => this.#capture(outer))];
    return { ...this.builder.build(), inputs };
  }
}
