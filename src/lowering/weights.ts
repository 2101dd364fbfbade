import { dirname } from "node:path";
import {
  DTYPES,
  isContiguous,
  LIMITS,
  numel,
  RelayError,
  type Storage,
  storageByteLength,
  type TensorLocation,
} from "../core/index.ts";
import type { Emitter } from "./emitter.ts";
import type { Operand } from "./operand.ts";
import type { Initializer } from "./placement.ts";

function slice(storage: Storage, start: number, length: number): Storage {
  if (storage.kind === "memory") return { kind: "memory", bytes: storage.bytes.subarray(start, start + length) };
  return { ...storage, offset: storage.offset + start, byteLength: length };
}

/** A row-major block of a storage, from where the location begins. */
function blockTensor(location: TensorLocation, dims: readonly number[]): Pick<Initializer, "dims" | "storage"> {
  const { storage, dtype, storageOffset } = location;
  const { bytes } = DTYPES[dtype];
  return { dims, storage: slice(storage, storageOffset * bytes, numel(dims) * bytes) };
}

/** The axes by falling stride: the order in which they lie in memory. */
function memoryOrder({ shape, strides }: TensorLocation): readonly number[] {
  const stride = (axis: number) => strides[axis] ?? 0;
  return shape.map((_, axis) => axis).sort((a, b) => stride(b) - stride(a) || a - b);
}

function permute<T>(items: readonly T[], order: readonly number[]): T[] {
  return order.map((axis) => items[axis] as T);
}

function invert(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** How many elements lie between the first and the last one of a tensor, both included. */
function span({ shape, strides }: TensorLocation): number {
  return shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 1);
}

function storageKey(storage: Storage, identities: Map<Uint8Array, number>): string {
  if (storage.kind === "file") return `${storage.path} ${storage.offset}`;
  const identity = identities.get(storage.bytes) ?? identities.size;
  identities.set(storage.bytes, identity);
  return String(identity);
}

function refuse(location: TensorLocation, feature: string, hint: string): RelayError {
  const { storage } = location;
  const file = storage.kind === "file" ? storage.path : "the model";
  return new RelayError("MODEL_UNSUPPORTED", { file, feature, hint });
}

function checkBounds(location: TensorLocation): void {
  const available = storageByteLength(location.storage) / DTYPES[location.dtype].bytes;
  const { storageOffset, strides } = location;
  const isForward = storageOffset >= 0 && strides.every((stride) => stride >= 0);
  if (isForward && storageOffset + span(location) <= available) return;
  throw refuse(location, "a weight that reaches past its storage", "save the model again");
}

/** Makes weights of a graph known to the ONNX model, each distinct one once, without reading any. */
export class WeightTable {
  readonly #operands = new Map<string, Operand>();
  readonly #identities = new Map<Uint8Array, number>();
  #folder: string | undefined;
  #materializedBytes = 0;

  /** The folder of the files that initializers point into; undefined when there are none. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** @throws RelayError MODEL_UNSUPPORTED, LIMIT_EXCEEDED */
  operand(emit: Emitter, name: string, location: TensorLocation): Operand {
    const { storage, dtype, shape, strides, storageOffset } = location;
    const where = `${storageKey(storage, this.#identities)} ${storageOffset}`;
    const key = `${where} ${dtype} ${shape.join()} ${strides.join()}`;
    const operand = this.#operands.get(key) ?? this.#define(emit, name, location);
    this.#operands.set(key, operand);
    return operand;
  }

  #define(emit: Emitter, name: string, location: TensorLocation): Operand {
    const { storage, dtype, shape, strides } = location;
    if (numel(shape) === 0 || storageByteLength(storage) === 0) return this.#zeros(emit, location);
    checkBounds(location);
    if (storage.kind === "file") this.#enterFolder(location, dirname(storage.path));
    const block = (dims: readonly number[]) => emit.initializer(name, dtype, blockTensor(location, dims));
    if (isContiguous(shape, strides)) return block(shape);
    const order = memoryOrder(location);
    const stored = permute(shape, order);
    if (!isContiguous(stored, permute(strides, order))) return this.#gathered(emit, location, block([span(location)]));
    return emit.transpose(block(stored), invert(order));
  }

  /** What PyTorch means by a weight without a storage. */
  #zeros(emit: Emitter, location: TensorLocation): Operand {
    this.#materialize(location);
    return emit.op("Expand", [emit.constant(location.dtype, 0), emit.int64s(location.shape)]);
  }

  /** Picks the elements of a strided view out of `block`; the runtime folds this when it loads the model. */
  #gathered(emit: Emitter, location: TensorLocation, block: Operand): Operand {
    this.#materialize(location);
    const { shape, strides } = location;
    const positions = shape.map((size, axis) => {
      const range = emit.op("Range", [emit.int64(0), emit.int64(size), emit.int64(1)]);
      const column = shape.map((_, other) => (other === axis ? size : 1));
      const steps = emit.op("Reshape", [range, emit.int64s(column)]);
      return emit.op("Mul", [steps, emit.int64(strides[axis] ?? 0)]);
    });
    const places = positions.reduce((sum, position) => emit.op("Add", [sum, position]));
    return emit.op("Gather", [block, places], { axis: 0 });
  }

  #materialize(location: TensorLocation): void {
    this.#materializedBytes += numel(location.shape) * DTYPES[location.dtype].bytes;
    if (this.#materializedBytes <= LIMITS.materializedWeightBytes) return;
    throw new RelayError("LIMIT_EXCEEDED", {
      file: location.storage.kind === "file" ? location.storage.path : "the model",
      what: "the size of weights that cannot be mapped",
      given: `${this.#materializedBytes} bytes`,
      limit: "materializedWeightBytes",
      allowed: `${LIMITS.materializedWeightBytes} bytes`,
    });
  }

  #enterFolder(location: TensorLocation, folder: string): void {
    this.#folder ??= folder;
    if (this.#folder === folder) return;
    throw refuse(location, `weights in both ${this.#folder} and ${folder}`, "put the files of a model in one folder");
  }
}
