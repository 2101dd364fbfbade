import { isContiguous, type SymbolRange, type TensorLocation } from "../core/index.ts";
import { assert } from "../util/index.ts";
import { NameTable } from "./names.ts";
import type {
  Argument,
  Graph,
  GraphInput,
  GraphOutput,
  Node,
  Origin,
  Value,
  ValueType,
  Weight,
  WeightKind,
} from "./types.ts";

/** Grows a graph node by node, keeping value names unique. */
export class GraphBuilder {
  readonly #names = new NameTable();
  readonly #inputs: GraphInput[] = [];
  readonly #weights: Weight[] = [];
  readonly #nodes: Node[] = [];
  readonly #outputs: GraphOutput[] = [];
  readonly #symbols: Record<string, SymbolRange> = {};

  /** A new value whose name is `hint`, numbered when taken. */
  value(hint: string, type: ValueType): Value {
    return { name: this.#names.fresh(hint), type };
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  symbol(name: string, range: SymbolRange): void {
    this.#symbols[name] = range;
  }

  input(name: string, type: ValueType): Value {
    const value = this.value(name, type);
    this.#inputs.push({ name, value });
    return value;
  }

  weight(kind: WeightKind, name: string, location: TensorLocation, hint: string = name): Value {
    const { dtype, shape, strides } = location;
    const value = this.value(hint, { kind: "tensor", dtype, shape, contiguous: isContiguous(shape, strides) });
    this.#weights.push({ value, kind, name, location });
    return value;
  }

  /** Appends a node whose results are `outputs`, made before with {@link value}. */
  add(
    target: string,
    args: Readonly<Record<string, Argument>>,
    outputs: readonly (Value | null)[],
    origin?: Origin,
  ): void {
    this.#nodes.push({ target, args, outputs, ...(origin && { origin }) });
  }

  /** Appends a node with one result and returns the result. */
  node(target: string, args: Readonly<Record<string, Argument>>, type: ValueType, origin?: Origin): Value {
    const hint = target.split(".")[1] ?? target;
    const output = this.value(hint, type);
    this.add(target, args, [output], origin);
    return output;
  }

  output(name: string, value: Value): void {
    assert(!this.#outputs.some((output) => output.name === name), `output ${name} named twice`);
    this.#outputs.push({ name, value });
  }

  build(): Graph {
    return {
      inputs: this.#inputs,
      weights: this.#weights,
      nodes: this.#nodes,
      outputs: this.#outputs,
      symbols: this.#symbols,
    };
  }
}
