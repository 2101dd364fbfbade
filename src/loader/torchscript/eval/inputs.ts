import { type Dim, type DType, symbol, symbolsOf, type TensorSpec } from "../../../core/index.ts";
import type { ScriptValue, TracedValue } from "../objects/script-value.ts";
import type { FunctionDefinition, Parameter, TypeExpression } from "../syntax/ast.ts";
import { describeMissing, tellMissing } from "./missing-inputs.ts";
import type { Session } from "./session.ts";
import { DeviceValue, DictValue, type EvalValue, ListValue, TensorValue, TupleValue } from "./values.ts";

/** A plain value that is given for a parameter of forward which is no tensor. */
export type ScriptArgument = number | boolean | string | null | readonly ScriptArgument[];

export interface InputOptions {
  /** The tensors that forward takes; sizes may be symbols. Parts of tuples, lists and dicts are `name.0`, `name.key`. */
  readonly inputs?: readonly TensorSpec[];
  /** What is not a tensor, by the names of forward's parameters. */
  readonly arguments?: Readonly<Record<string, ScriptArgument>>;
  /** The method that the model is. Default: forward. */
  readonly method?: string;
}

const BATCH = "batch";

function keyName(key: ScriptValue): string {
  return key.kind === "string" || key.kind === "int" ? String(key.value) : "key";
}

function isScalarType(type: TypeExpression | undefined, name: string): boolean {
  return type?.name === name || (type?.name === "Optional" && type.args[0]?.name === name);
}

/** Makes the arguments of forward, and the inputs of the graph for the tensors among them. */
export class InputMaker {
  readonly #session: Session;
  readonly #options: InputOptions;
  /** Whether the first axis of the tensors that a traced program was given is a symbol. */
  readonly #isBatched: boolean;
  #batchSize: number | undefined;

  constructor(session: Session, options: InputOptions, isBatched: boolean) {
    this.#session = session;
    this.#options = options;
    this.#isBatched = isBatched;
  }

  /** The arguments by position, without `self`. */
  make({ name, parameters }: FunctionDefinition, traced: readonly TracedValue[] | undefined): readonly EvalValue[] {
    const [, ...own] = parameters;
    this.#refuseUnknown(name, own);
    const given = own.map((parameter, i) => this.#argument(parameter, traced?.[i]) ?? defaultOf(parameter));
    const missing = own.filter((_, i) => given[i] === undefined);
    if (missing.length > 0)
      this.#session.refuse(
        `a TorchScript archive that does not tell ${describeMissing(missing)}`,
        `tell it: ${tellMissing(missing)}`,
      );
    return given.map((value) => value ?? null);
  }

  #refuseUnknown(method: string, parameters: readonly Parameter[]): void {
    const names = parameters.map(({ name }) => name);
    const given = [
      ...(this.#options.inputs ?? []).map(({ name }) => name.replace(/\..*/, "")),
      ...Object.keys(this.#options.arguments ?? {}),
    ];
    const unknown = given.find((name) => !names.includes(name));
    if (unknown !== undefined)
      this.#session.refuse(`an input called ${unknown}`, `${method} takes ${names.join(", ") || "nothing"}`);
  }

  #argument({ name, type }: Parameter, traced: TracedValue | undefined): EvalValue | undefined {
    const { inputs = [], arguments: plain = {} } = this.#options;
    if (Object.hasOwn(plain, name)) return this.#plain(plain[name] ?? null, type);
    const spec = inputs.find((each) => each.name === name);
    if (spec) return this.#input(spec);
    const parts = inputs.filter((each) => each.name.startsWith(`${name}.`));
    if (parts.length > 0) return this.#container(name, type, parts);
    return traced && inputs.length === 0 ? this.#traced(name, traced) : undefined;
  }

  #plain(value: ScriptArgument, type: TypeExpression | undefined): EvalValue {
    if (typeof value === "number") {
      const isFloat = isScalarType(type, "float") || !Number.isInteger(value);
      return isFloat ? value : BigInt(value);
    }
    if (value === null || typeof value !== "object") return value;
    const inner = type?.args[type.name === "Optional" ? 0 : 0];
    return new ListValue(value.map((item) => this.#plain(item, inner)));
  }

  #input({ name, dtype, shape }: TensorSpec): TensorValue {
    const { scope } = this.#session;
    for (const each of shape.flatMap(symbolsOf)) this.#session.declare(each, { min: 1, max: Number.POSITIVE_INFINITY });
    const value = scope.input(name, { kind: "tensor", dtype, shape, contiguous: true });
    const tensor = new TensorValue({ kind: "tensor", dtype, shape, contiguous: true }, value);
    this.#sizes(tensor);
    return tensor;
  }

  /** Puts first what gives the sizes, as PyTorch does. */
  #sizes(tensor: TensorValue): void {
    for (const [axis, dim] of tensor.type.shape.entries()) {
      const { scope } = this.#session;
      if (typeof dim === "number" || scope.knownScalar(dim)) continue;
      const [size] = this.#session.emit("aten.sym_size.int", { self: tensor, dim: BigInt(axis) });
      if (size && !(size instanceof TensorValue)) scope.rememberScalar(dim, size.value);
    }
  }

  #container(name: string, type: TypeExpression | undefined, specs: readonly TensorSpec[]): EvalValue {
    const inner = type?.name === "Optional" ? type.args[0] : type;
    const tensors = specs.map((spec) => this.#input(spec));
    if (inner?.name === "Tuple") return new TupleValue(tensors);
    if (inner?.name !== "Dict") return new ListValue(tensors);
    return new DictValue(specs.map((spec, i) => [spec.name.slice(name.length + 1), tensors[i] ?? null] as const));
  }

  #traced(name: string, value: TracedValue): EvalValue {
    this.#session.fuel.walk();
    if (value.kind === "tensor")
      return this.#input({ name, dtype: value.dtype, shape: this.#shape(value.shape, value.dtype) });
    if (value.kind === "list" || value.kind === "tuple") {
      const items = value.items.map((item, i) => this.#traced(`${name}.${i}`, item));
      return value.kind === "list" ? new ListValue(items) : new TupleValue(items);
    }
    if (value.kind === "dict") {
      return new DictValue(
        value.entries.map(([key, item]) => [keyName(key), this.#traced(`${name}.${keyName(key)}`, item)] as const),
      );
    }
    if (value.kind === "none") return null;
    if (value.kind === "device") return new DeviceValue(value.name);
    if (value.kind === "complex") return this.#session.refuse("a complex number", "compute with real numbers");
    return value.kind === "int" ? BigInt(value.value) : value.value;
  }

  /** Tensors whose first axis is as long as that of the first tensor share the batch. */
  #shape(shape: readonly number[], _dtype: DType): readonly Dim[] {
    const [rows, ...rest] = shape;
    if (!this.#isBatched || !rows) return shape;
    this.#batchSize ??= rows;
    return rows === this.#batchSize ? [symbol(BATCH), ...rest] : shape;
  }
}

/** Stands for an argument that the code's own default gives. */
export const UNGIVEN: EvalValue = new DeviceValue("ungiven");

/** What a parameter is when nothing is given for it; undefined when it has to be given. */
function defaultOf({ type, default: fallback }: Parameter): EvalValue | undefined {
  if (fallback) return fallback.kind === "none" ? null : UNGIVEN;
  return type?.name === "Optional" ? null : undefined;
}
