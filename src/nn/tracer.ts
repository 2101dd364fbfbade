import {
  type Dim,
  type DimFunction,
  type DType,
  dimExpression,
  formatDim,
  RelayError,
  type SymbolicDim,
  type SymbolRange,
  symbolsOf,
  type TensorSpec,
} from "../core/index.ts";
import {
  type Argument,
  type Graph,
  GraphBuilder,
  isValueRef,
  type TensorType,
  type Value,
  type WeightKind,
} from "../graph/index.ts";
import { assert } from "../util/index.ts";
import type { Module } from "./module.ts";
import { Buffer, Parameter } from "./parameter.ts";
import { SymbolicTensor } from "./symbolic-tensor.ts";

/** What an operator may be given while a module is traced. */
export type Traceable = SymbolicTensor | Parameter | Buffer | Dim | null | boolean | string | readonly Traceable[];

/** One operator to be put into the graph, with the type of its result. */
export interface TracedCall {
  readonly target: string;
  readonly args: Readonly<Record<string, Traceable>>;
  readonly shape: readonly Dim[];
  readonly dtype: DType;
  /** Whether the result may be a view that is not row-major. */
  readonly isStrided?: boolean;
  /** The module whose forward makes it, for error messages. */
  readonly module?: Module;
}

const OPERATORS: Readonly<Record<DimFunction, string>> = {
  add: "_operator.add",
  mul: "_operator.mul",
  floordiv: "_operator.floordiv",
  mod: "_operator.mod",
  min: "torch.sym_min",
  max: "torch.sym_max",
};

const UNBOUNDED: SymbolRange = { min: 1, max: Number.POSITIVE_INFINITY };

/** Builds the graph of one module while its forward runs on symbolic tensors. */
export class Tracer {
  readonly #builder = new GraphBuilder();
  readonly #symbols: Readonly<Record<string, SymbolRange>>;
  readonly #paths: ReadonlyMap<Module, string>;
  readonly #weights = new Map<Parameter | Buffer, Value>();
  /** Integers that are computed already, by the text of their expression. */
  readonly #scalars = new Map<string, Value>();

  constructor(module: Module, symbols: Readonly<Record<string, SymbolRange>>) {
    this.#symbols = symbols;
    this.#paths = new Map([...module.namedModules()].map(([path, each]) => [each, path]));
    for (const [name, parameter] of module.namedParameters()) this.#weight("parameter", name, parameter);
    for (const [name, buffer] of module.namedBuffers()) this.#weight("buffer", name, buffer);
  }

  #weight(kind: WeightKind, name: string, weight: Parameter | Buffer): void {
    this.#weights.set(weight, this.#builder.weight(kind, name, weight.location));
  }

  /** A new input, and nodes that give the sizes of its axes as PyTorch puts them first. */
  input({ name, dtype, shape }: TensorSpec): SymbolicTensor {
    const value = this.#builder.input(name, { kind: "tensor", dtype, shape, contiguous: true });
    for (const [axis, dim] of shape.entries()) {
      for (const symbol of symbolsOf(dim)) this.#builder.symbol(symbol, this.#symbols[symbol] ?? UNBOUNDED);
      const text = formatDim(dim);
      if (typeof dim === "number" || this.#scalars.has(text)) continue;
      this.#scalars.set(text, this.#integer("aten.sym_size.int", { self: { value }, dim: axis }, dim));
    }
    return new SymbolicTensor(this, value);
  }

  output(name: string, { value }: SymbolicTensor): void {
    this.#builder.output(name, value);
  }

  /** Puts an operator into the graph and gives its result. */
  call({ target, args, shape, dtype, isStrided, module }: TracedCall): SymbolicTensor {
    const given = Object.entries(args).map(([name, arg]) => [name, this.argument(arg)] as const);
    const modulePath = module && this.#paths.get(module);
    const origin = modulePath === undefined ? undefined : { modulePath };
    const type: TensorType = { kind: "tensor", dtype, shape, ...(!isStrided && { contiguous: true }) };
    return new SymbolicTensor(this, this.#builder.node(target, Object.fromEntries(given), type, origin));
  }

  build(): Graph {
    return this.#builder.build();
  }

  /** An operand as an argument of a node. */
  argument(arg: Traceable): Argument {
    if (arg === null || typeof arg !== "object") return arg;
    if (arg instanceof SymbolicTensor) return { value: arg.value };
    if (arg instanceof Parameter || arg instanceof Buffer) return { value: this.#placed(arg) };
    return "op" in arg ? { value: this.#scalar(arg) } : arg.map((item) => this.argument(item));
  }

  #placed(weight: Parameter | Buffer): Value {
    const value = this.#weights.get(weight);
    if (value) return value;
    const given = "one that no module of this model has as a field";
    throw new RelayError("OPTION_INVALID", { option: "parameter", given, legal: "fields of modules" });
  }

  #integer(target: string, args: Readonly<Record<string, Argument>>, dim: Dim): Value {
    return this.#builder.node(target, args, { kind: "scalar", dtype: "int64", dim });
  }

  /** A size as a number that the graph computes from the sizes of its inputs. */
  #scalar(dim: SymbolicDim): Value {
    const text = formatDim(dim);
    const known = this.#scalars.get(text);
    if (known) return known;
    if (!("args" in dim)) {
      throw new RelayError("OPTION_INVALID", { option: "size", given: text, legal: "sizes of the inputs' axes" });
    }
    const value = this.#computed(dim.op, dim.args);
    this.#scalars.set(text, value);
    return value;
  }

  #computed(op: DimFunction, args: readonly Dim[]): Value {
    const operands = args.map((dim) => ({ dim, argument: this.argument(dim) }));
    const { argument } = operands.reduce((a, b) => {
      const dim = dimExpression(op, a.dim, b.dim);
      return { dim, argument: { value: this.#integer(OPERATORS[op], { a: a.argument, b: b.argument }, dim) } };
    });
    assert(isValueRef(argument), "an expression over symbols is computed by a node");
    return argument.value;
  }
}
