import {
  contiguousStrides,
  type Dim,
  formatDim,
  RelayError,
  type SymbolRange,
  symbolsOf,
} from "../../../core/index.ts";
import {
  type Argument,
  type InferContext,
  inferTypes,
  type Origin,
  schemaOf,
  type TensorType,
  UndecidedError,
  type Value,
  type ValueType,
} from "../../../graph/index.ts";
import { Unsupported } from "../../refusal.ts";
import { checkTensorLimits } from "../../tensor-limits.ts";
import type { ScriptArchive } from "../archive/script-archive.ts";
import { encodeNumbers } from "./encode-numbers.ts";
import { Fuel } from "./fuel.ts";
import { Journal } from "./journal.ts";
import { kindOf } from "./kinds.ts";
import { hintFor } from "./operator-hints.ts";
import { Scope } from "./scope.ts";
import { cutSize } from "./size-order.ts";
import {
  DeviceValue,
  type EvalValue,
  isKnownNumber,
  ListValue,
  LostValue,
  ScalarValue,
  TensorValue,
  TupleValue,
} from "./values.ts";

/** Arguments of an operator by name, before they are put into the graph. */
export type EvalArguments = Readonly<Record<string, EvalValue>>;

/** Where the program is. */
export interface Place {
  readonly modulePath: string;
  readonly file: string;
  line: number;
}

/** Longer constants are weights. */
const MAX_ELEMENTS_ONE_BY_ONE = 8;

/** A node of the graph costs as much time and memory as this many steps that leave nothing, and each of its results. */
const STEPS_OF_A_NODE = 10;
const STEPS_OF_A_RESULT = 15;

/** Stands for a float of a whole number where types are inferred. */
const FLOAT: Argument = { value: { name: "float", type: { kind: "scalar", dtype: "float64" } } };

export const GIVE_SIZES = "give the sizes of the inputs as numbers";
const DATA_DECIDE = "no shape of an input tells it, so let the model do without it";

/** Whether a symbol stands for a size that only the data decide. */
export function isOfData(symbol: string): boolean {
  return /^u\d+$/.test(symbol);
}

/** What does not fit into the arguments of a call. */
function misfit({ code, details, message }: RelayError): string {
  const { given, legal } = details as { readonly given?: unknown; readonly legal?: unknown };
  if (code === "INPUT_SHAPE") return `a tensor of shape ${given} where it takes ${legal}`;
  return code === "INPUT_DTYPE" ? `${given} where it takes ${legal}` : message;
}

function graphNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A float of a whole number is told as such where it decides the dtype; bounds of ranges decide the size. */
function parameterType(target: string, name: string): string {
  if (target.startsWith("aten.arange.")) return "number";
  const parameter = schemaOf(target)?.parameters.find((each) => each.name === name);
  return parameter?.type.base ?? "Scalar";
}

/** What the evaluation of one program shares: the graph that grows, where the program is, and what it has cost. */
export class Session {
  readonly archive: ScriptArchive;
  /** The name of the method that is evaluated. */
  readonly method: string;
  readonly fuel: Fuel = new Fuel();
  readonly journal: Journal = new Journal(() =>
    this.refuse("a change of a list or dict that data decide", "change a copy of it"),
  );
  scope: Scope = new Scope();
  readonly places: Place[] = [];
  readonly #ranges = new Map<string, SymbolRange>();
  #symbolCount = 0;
  #constantCount = 0;
  readonly #context: InferContext = {
    symbol: (hint) => this.symbol(hint),
    assumeEqual: (a, b) => this.#assumeEqual(a, b),
  };

  constructor(archive: ScriptArchive, method: string) {
    this.archive = archive;
    this.method = method;
  }

  /** What to do about attributes that one call leaves for the next. */
  get stateHint(): string {
    return `let ${this.method} take its state and return it`;
  }

  get origin(): Origin {
    const place = this.places.at(-1);
    if (!place) return { modulePath: "" };
    return { modulePath: place.modulePath, source: `${place.file.replace(/^code\//, "")}:${place.line}` };
  }

  /** Ends the evaluation: the program does what torchrelay does not. */
  refuse(feature: string, hint: string): never {
    const { modulePath, source } = this.origin;
    const module = modulePath === "" ? "" : ` in ${modulePath}`;
    throw new Unsupported(`${feature}${module}${source === undefined ? "" : ` (${source})`}`, hint);
  }

  /** A new size that only the data decide. */
  symbol(_hint: string): Dim {
    const name = `u${this.#symbolCount++}`;
    this.declare(name, { min: 0, max: Number.POSITIVE_INFINITY });
    return { op: "symbol", name };
  }

  /** Tells the legal values of a symbol. */
  declare(symbol: string, range: SymbolRange): void {
    this.#ranges.set(symbol, range);
    this.scope.symbol(symbol, range);
  }

  range(symbol: string): SymbolRange | undefined {
    return this.#ranges.get(symbol);
  }

  nextConstantName(): string {
    return `_constant${this.#constantCount++}`;
  }

  /** Sizes that only the data decide may be equal; those of inputs have to be told, or are bounded by what they cut. */
  #assumeEqual(a: Dim, b: Dim): void {
    const cut = cutSize(a, b) ?? cutSize(b, a);
    if (cut) {
      const { min = 1, max = Number.POSITIVE_INFINITY } = this.range(cut.symbol) ?? {};
      this.declare(cut.symbol, { min, max: Math.min(max, cut.most) });
      return;
    }
    const isGiven = [...symbolsOf(a), ...symbolsOf(b)].every((name) => !isOfData(name));
    if (!isGiven) return;
    const sizes = `${formatDim(a)} and ${formatDim(b)}`;
    this.refuse(`an operator that needs the sizes ${sizes} to be equal`, "give them one name, or numbers");
  }

  /** Puts an operator into the graph. */
  emit(target: string, args: EvalArguments): readonly (ScalarValue | TensorValue | null)[] {
    this.fuel.spend(STEPS_OF_A_NODE);
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    const graphArgs = Object.fromEntries(given.map(([name, value]) => [name, this.argument(value)]));
    const typeArgs = given.map(([name, value]) => [
      name,
      parameterType(target, name) === "Scalar" ? this.#typeArgument(value, graphArgs[name] ?? null) : graphArgs[name],
    ]);
    const types = this.#infer(target, Object.fromEntries(typeArgs));
    for (const type of types) this.#take(type);
    const outputs = this.scope.add(target, graphArgs, types, this.origin);
    return outputs.map((value) => value && wrap(value));
  }

  /** Pays for a result, and for the expressions of its sizes, which grow from operator to operator. */
  #take(type: ValueType | null): void {
    const shape = type?.kind === "tensor" ? type.shape : type?.dim === undefined ? [] : [type.dim];
    const open = shape.filter((dim) => typeof dim !== "number");
    this.fuel.spend(open.reduce((steps, dim) => steps + 4 * formatDim(dim).length, STEPS_OF_A_RESULT));
    if (type?.kind === "tensor") checkTensorLimits(type.dtype, shape);
  }

  #infer(target: string, args: Readonly<Record<string, Argument>>): readonly (ValueType | null)[] {
    try {
      const types = inferTypes(target, args, this.#context);
      return types ?? this.refuse(`the operator ${target.replace(".", "::")}`, hintFor(target));
    } catch (error) {
      if (error instanceof UndecidedError) {
        return this.refuse(`a call of ${target} where ${error.what}`, this.#hintOfSize(error.size));
      }
      if (!(error instanceof RelayError)) throw error;
      return this.refuse(
        `a call of ${target} that PyTorch refuses (${misfit(error)})`,
        "give inputs that fit the model",
      );
    }
  }

  /** Shapes that are told decide a size unless data do. */
  #hintOfSize(size: Dim = 0): string {
    const given = symbolsOf(size).filter((name) => !isOfData(name));
    return given.length === 0 ? DATA_DECIDE : `give a number for ${[...new Set(given)].join(" and ")}`;
  }

  /** The only tensor that an operator gives. */
  emitTensor(target: string, args: EvalArguments): TensorValue {
    const [result] = this.emit(target, args);
    return result instanceof TensorValue ? result : this.refuse(`a call of ${target} for a tensor`, GIVE_SIZES);
  }

  /** A scalar that an operator gives; a plain number when its value is known. */
  emitScalar(target: string, args: EvalArguments): bigint | ScalarValue {
    const [result] = this.emit(target, args);
    if (!(result instanceof ScalarValue)) return this.refuse(`a call of ${target} for a number`, GIVE_SIZES);
    return simplified(result);
  }

  /** A value as an argument of a node. */
  argument(value: EvalValue): Argument {
    this.fuel.spend();
    if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
      return value;
    if (typeof value === "bigint") return graphNumber(value);
    if (value instanceof ScalarValue) return { value: value.value };
    if (value instanceof TensorValue) return { value: this.place(value) };
    if (value instanceof ListValue) return value.content.map((item) => this.argument(item));
    if (value instanceof TupleValue) return value.items.map((item) => this.argument(item));
    if (value instanceof DeviceValue) return value.name;
    if (value instanceof LostValue) return this.refuse(value.reason, "let the branches give values of one type");
    return this.refuse(`an operator that takes ${kindOf(value)}`, "export the model with torch.export");
  }

  #typeArgument(value: EvalValue, argument: Argument): Argument {
    return typeof value === "number" && Number.isInteger(value) ? FLOAT : argument;
  }

  /** The value of a tensor in the graph; one that is only known so far is put where the program made it. */
  place(tensor: TensorValue): Value {
    const { value, home } = tensor;
    if (value) return value;
    const known = this.scope.placed(tensor);
    if (known || !home) return known ?? this.refuse("a tensor without a value", "save the model again");
    const current = this.scope;
    this.scope = home;
    const placed = home.place(tensor, this.#placement(tensor));
    this.scope = current;
    return placed;
  }

  #placement({ type, known = [] }: TensorValue): Value {
    if (known.length > MAX_ELEMENTS_ONE_BY_ONE && known.every(isKnownNumber)) return this.#constant(type, known);
    const items = known.map((item) => this.#element(item, type));
    if (type.shape.length === 0 && items[0]) return items[0];
    if (items.length === 0) return this.#shaped("aten.zeros.default", { size: sizesOf(type), dtype: type.dtype });
    const single: TensorType = { ...type, shape: [] };
    const tensors = new ListValue(items.map((value) => new TensorValue(single, value)));
    const flat = this.emitTensor("aten.stack.default", { tensors });
    return type.shape.length === 1
      ? this.place(flat)
      : this.#shaped("aten.reshape.default", { self: flat, shape: sizesOf(type) });
  }

  #shaped(target: string, args: EvalArguments): Value {
    return this.place(this.emitTensor(target, args));
  }

  /** The program may change what it made of a constant. */
  #constant(type: TensorType, items: readonly (boolean | bigint | number)[]): Value {
    const { root } = this.scope;
    const shape = type.shape.map(Number);
    const [dtype, bytes] = encodeNumbers(type.dtype, items);
    const location = {
      storage: { kind: "memory", bytes },
      dtype,
      shape,
      strides: contiguousStrides(shape),
      storageOffset: 0,
    } as const;
    const weight = root.own(root.builder.weight("constant", this.nextConstantName(), location));
    const self = new TensorValue({ ...type, dtype }, weight);
    return dtype === type.dtype
      ? this.#shaped("aten.clone.default", { self })
      : this.#shaped("aten.to.dtype", { self, dtype: type.dtype });
  }

  #element(s: EvalValue, { dtype }: TensorType): Value {
    return this.place(this.emitTensor("aten.scalar_tensor.default", { s, dtype }));
  }
}

function sizesOf({ shape }: TensorType): ListValue {
  return new ListValue(shape.map((size) => BigInt(Number(size))));
}

function wrap(value: Value): ScalarValue | TensorValue {
  return value.type.kind === "tensor" ? new TensorValue(value.type, value) : new ScalarValue(value);
}

/** The number itself when the type of a scalar tells it. */
export function simplified(scalar: ScalarValue): bigint | ScalarValue {
  const { type } = scalar.value;
  return type.kind === "scalar" && typeof type.dim === "number" ? BigInt(type.dim) : scalar;
}
