import {
  type Dim,
  describeShape,
  evaluateDim,
  multipleOf,
  RelayError,
  type Signature,
  symbolsOf,
  Tensor,
  type TensorSpec,
} from "../core/index.ts";
import { nearestName } from "../util/index.ts";

/** Inputs by name, or by position. */
export type Inputs = Readonly<Record<string, Tensor>> | readonly Tensor[];

/** Inputs that fit the model. */
export interface CheckedInputs {
  /** In the order of the model's inputs. */
  readonly tensors: readonly Tensor[];
  /** Extent of the batch axis; 1 where the model has none. */
  readonly rows: number;
  /** Requests with equal keys have equal shapes, the batch axis aside. */
  readonly key: string;
}

/** Checks requests against a model's signature before anything is queued. */
export class InputValidator {
  readonly #signature: Signature;
  readonly #names: readonly string[];
  /** Symbols other than the batch's: what the key is made of. */
  readonly #keySymbols: readonly string[];

  constructor(signature: Signature) {
    this.#signature = signature;
    this.#names = signature.inputs.map((input) => input.name);
    const symbols = new Set(signature.inputs.flatMap((input) => input.shape.flatMap(symbolsOf)));
    this.#keySymbols = [...symbols].filter((name) => name !== signature.batchSymbol);
  }

  /** @throws RelayError INPUT_NAME, INPUT_DTYPE, INPUT_SHAPE, TENSOR_INVALID */
  check(inputs: Inputs): CheckedInputs {
    const tensors = Array.isArray(inputs)
      ? this.#byPosition(inputs)
      : this.#byName(inputs as Readonly<Record<string, Tensor>>);
    const values = new Map<string, number>();
    for (let i = 0; i < tensors.length; i++)
      this.#checkOne(tensors[i] as Tensor, this.#signature.inputs[i] as TensorSpec, values);
    const { batchSymbol } = this.#signature;
    const rows = batchSymbol === undefined ? 1 : (values.get(batchSymbol) ?? 1);
    return { tensors, rows, key: this.#key(values) };
  }

  #key(values: ReadonlyMap<string, number>): string {
    return this.#keySymbols.length === 0 ? "" : this.#keySymbols.map((name) => values.get(name)).join();
  }

  #byPosition(inputs: readonly Tensor[]): readonly Tensor[] {
    if (inputs.length === this.#names.length) return inputs;
    throw this.#wrongNames(`${inputs.length} by position`);
  }

  #byName(inputs: Readonly<Record<string, Tensor>>): readonly Tensor[] {
    const names = this.#names;
    const tensors = new Array<Tensor>(names.length);
    let found = 0;
    for (const name in inputs) {
      const index = names.indexOf(name);
      if (index < 0) throw this.#wrongNames(this.#describeNames(inputs));
      tensors[index] = inputs[name] as Tensor;
      found++;
    }
    if (found !== names.length) throw this.#wrongNames(this.#describeNames(inputs));
    return tensors;
  }

  #describeNames(inputs: Readonly<Record<string, Tensor>>): string {
    const given = Object.keys(inputs).map((name) => {
      const nearest = this.#names.includes(name) ? undefined : nearestName(name, this.#names);
      return nearest ? `${name} (did you mean ${nearest}?)` : name;
    });
    return given.length > 0 ? given.join(", ") : "none";
  }

  #wrongNames(given: string): RelayError {
    return new RelayError("INPUT_NAME", { given, legal: this.#names.join(", ") || "none" });
  }

  #checkOne(tensor: Tensor, spec: TensorSpec, values: Map<string, number>): void {
    if (!(tensor instanceof Tensor)) {
      throw new RelayError("TENSOR_INVALID", { given: `input ${spec.name}`, legal: "new Tensor(dtype, data, shape)" });
    }
    if (tensor.dtype !== spec.dtype) {
      throw new RelayError("INPUT_DTYPE", { name: spec.name, given: tensor.dtype, legal: spec.dtype });
    }
    if (!this.#fits(tensor.shape, spec.shape, values)) throw this.#wrongShape(tensor, spec);
  }

  #wrongShape(tensor: Tensor, spec: TensorSpec): RelayError {
    const legal = describeShape(spec.shape, this.#signature.symbols);
    return new RelayError("INPUT_SHAPE", { name: spec.name, given: `[${tensor.shape.join(", ")}]`, legal });
  }

  #fits(given: readonly number[], legal: readonly Dim[], values: Map<string, number>): boolean {
    if (given.length !== legal.length) return false;
    for (let axis = 0; axis < legal.length; axis++) {
      if (!this.#fitsDim(given[axis] as number, legal[axis] as Dim, values)) return false;
    }
    return true;
  }

  #fitsDim(size: number, dim: Dim, values: Map<string, number>): boolean {
    if (typeof dim === "number") return size === dim;
    if (dim.op === "symbol") return this.#bind(dim.name, size, values);
    const known = evaluateDim(dim, values);
    if (known !== undefined) return known === size;
    const [name] = symbolsOf(dim);
    const factor = name === undefined ? undefined : multipleOf(dim, name);
    if (name === undefined || factor === undefined) return true;
    return this.#bind(name, size / factor, values);
  }

  #bind(name: string, value: number, values: Map<string, number>): boolean {
    const bound = values.get(name);
    if (bound !== undefined) return bound === value;
    const range = this.#signature.symbols[name];
    if (!Number.isInteger(value) || (range && (value < range.min || value > range.max))) return false;
    values.set(name, value);
    return true;
  }
}

/** The symbols' values that a set of input shapes implies. Shapes have been checked. */
export function symbolValues(signature: Signature, shapes: readonly (readonly number[])[]): Map<string, number> {
  const values = new Map<string, number>();
  for (const [i, { shape }] of signature.inputs.entries()) {
    for (const [axis, dim] of shape.entries()) {
      const size = shapes[i]?.[axis];
      if (typeof dim === "number" || size === undefined) continue;
      const [name] = symbolsOf(dim);
      const factor = name === undefined ? undefined : multipleOf(dim, name);
      if (name !== undefined && factor !== undefined) values.set(name, size / factor);
    }
  }
  return values;
}
