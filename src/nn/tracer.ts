import {
  type Dim,
  type DimFunction,
  dimExpression,
  formatDim,
  RelayError,
  type SymbolicDim,
  type SymbolRange,
  symbol,
  symbolsOf,
  Tensor,
  type TensorSpec,
} from "../core/index.ts";
import {
  type Argument,
  type Graph,
  GraphBuilder,
  type InferContext,
  inferTypes,
  isValueRef,
  type Value,
  type WeightKind,
} from "../graph/index.ts";
import { assert, required } from "../util/index.ts";
import type { Module } from "./module.ts";
import { Buffer, Parameter } from "./parameter.ts";
import { shapeError } from "./shape-error.ts";
import { TracedTensor } from "./symbolic/traced-tensor.ts";
import { SymbolicTensor } from "./symbolic-tensor.ts";

/** What an operator may be given while a module is traced; a tensor of numbers becomes a constant of the model. */
export type Traceable =
  | SymbolicTensor
  | TracedTensor
  | Parameter
  | Buffer
  | Tensor
  | Dim
  | null
  | boolean
  | string
  | readonly Traceable[];

/** One operator to be put into the graph. */
export interface TracedCall {
  readonly target: string;
  /** By the names of its schema; what is left out has its default. */
  readonly args: Readonly<Record<string, Traceable>>;
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
  readonly #constants = new Map<Tensor, Value>();
  #dataSymbols = 0;
  readonly #context: InferContext = {
    symbol: () => this.#newSymbol(),
    assumeEqual: (a, b) => {
      throw shapeError("an operator", [a], `a size that is ${formatDim(b)}`);
    },
  };
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

  /** Puts an operator into the graph and gives its first result. */
  call(call: TracedCall): SymbolicTensor {
    return required(this.calls(call)[0], "the operator gives a tensor");
  }

  /** Puts an operator into the graph and gives its results that are tensors. */
  calls({ target, args, module }: TracedCall): readonly SymbolicTensor[] {
    const given = Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, this.argument(arg)]));
    const types = inferTypes(target, given, this.#context);
    if (!types) throw new RelayError("GRAPH_INVALID", { stage: "tracing", rule: `no operator is called ${target}` });
    const modulePath = module && this.#paths.get(module);
    const hint = target.split(".")[1] ?? target;
    const outputs = types.map((type) => type && this.#builder.value(hint, type));
    this.#builder.add(target, given, outputs, modulePath === undefined ? undefined : { modulePath });
    const tensors = outputs.filter((value) => value?.type.kind === "tensor");
    return tensors.map((value) => new SymbolicTensor(this, value as Value));
  }

  /** A weight or constant as a tensor of the graph. */
  tensor(held: Parameter | Buffer | Tensor): SymbolicTensor {
    return new SymbolicTensor(this, held instanceof Tensor ? this.#constant(held) : this.#placed(held));
  }

  build(): Graph {
    return this.#builder.build();
  }

  /** An operand as an argument of a node. */
  argument(arg: Traceable): Argument {
    if (arg === null || typeof arg !== "object") return arg;
    if (arg instanceof TracedTensor) return { value: arg.value };
    if (arg instanceof Parameter || arg instanceof Buffer) return { value: this.#placed(arg) };
    if (arg instanceof Tensor) return { value: this.#constant(arg) };
    return "op" in arg ? { value: this.#scalar(arg) } : arg.map((item) => this.argument(item));
  }

  #constant(tensor: Tensor): Value {
    const known = this.#constants.get(tensor);
    if (known) return known;
    const name = `constant_${this.#constants.size}`;
    const value = this.#builder.weight("constant", name, new Buffer(tensor).location);
    this.#constants.set(tensor, value);
    return value;
  }

  /** A size that only the data decide. */
  #newSymbol(): Dim {
    const name = `data_${this.#dataSymbols++}`;
    this.#builder.symbol(name, { min: 0, max: Number.POSITIVE_INFINITY });
    return symbol(name);
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
