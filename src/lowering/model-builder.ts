import { DTYPES, type DType } from "../core/index.ts";
import { packageFacts } from "../util/index.ts";
import { GraphBody } from "./graph-body.ts";
import type { ModelProto, TensorProto } from "./onnx-proto.ts";
import type { Operand, ShapedOperand } from "./operand.ts";
import { DEFAULT_OPSET, irVersion, type Opset } from "./opset.ts";
import type { Initializer, Placement } from "./placement.ts";

/** Longer constants are not compared with each other. */
const SHARED_CONSTANT_BYTES = 64;

/** Collects an ONNX model, in all graphs of which every name is unique; its tensors are those of the main graph. */
export class ModelBuilder {
  /** The main graph. */
  readonly body: GraphBody = new GraphBody();
  readonly opset: Opset;
  readonly #names: Set<string>;
  readonly #suffixes = new Map<string, number>();
  readonly #initializers: Initializer[] = [];
  readonly #constants = new Map<string, string>();
  /** What transposed matrices are the transposes of, by name. */
  readonly #transposed = new Map<string, Operand>();

  /** @param reserved names that only inputs and outputs may have */
  constructor(reserved: Iterable<string>, opset: Opset = DEFAULT_OPSET) {
    this.#names = new Set(reserved);
    this.opset = opset;
  }

  uniqueName(hint: string): string {
    let suffix = this.#suffixes.get(hint) ?? 0;
    let name = suffix === 0 ? hint : `${hint}_${suffix}`;
    while (this.#names.has(name)) name = `${hint}_${++suffix}`;
    this.#suffixes.set(hint, suffix + 1);
    this.#names.add(name);
    return name;
  }

  input(operand: ShapedOperand): void {
    this.body.input(operand);
  }

  output(output: ShapedOperand, value: Operand): void {
    this.body.output(output, value);
  }

  /** Adds a tensor that the model holds or points at. */
  initializer(hint: string, tensor: Omit<Initializer, "name">): string {
    const name = this.uniqueName(hint);
    this.#initializers.push({ ...tensor, name });
    return name;
  }

  /** Adds a small tensor; equal ones are the same. */
  constant(dtype: DType, dims: readonly number[], bytes: Uint8Array): string {
    const tensor = { dims, dataType: DTYPES[dtype].onnx, storage: { kind: "memory", bytes } } as const;
    if (bytes.byteLength > SHARED_CONSTANT_BYTES) return this.initializer("constant", tensor);
    const key = `${dtype} ${dims.join()} ${Buffer.from(bytes).toString("hex")}`;
    const name = this.#constants.get(key) ?? this.initializer("constant", tensor);
    this.#constants.set(key, name);
    return name;
  }

  /** The bytes of a tensor that the model holds; undefined for any other value. */
  constantBytes(name: string): Uint8Array | undefined {
    const storage = this.#initializers.find((tensor) => tensor.name === name)?.storage;
    return storage?.kind === "memory" ? storage.bytes : undefined;
  }

  markTransposed(result: Operand, source: Operand): void {
    this.#transposed.set(result.name, source);
  }

  untransposed({ name }: Operand): Operand | undefined {
    return this.#transposed.get(name);
  }

  /** The model with the bytes of its tensors where `place` puts them, asked in the order of the tensors. */
  build(graphName: string, place: Placement): ModelProto {
    const { graph, used } = this.body.build(graphName);
    const live = this.#initializers.filter(({ name }) => used.has(name));
    const initializer = live.map(({ storage, ...tensor }): TensorProto => ({ ...tensor, ...place(storage) }));
    return {
      irVersion: irVersion(this.opset),
      producerName: "torchrelay",
      producerVersion: packageFacts().version,
      graph: { ...graph, initializer },
      opsetImport: [{ domain: "", version: this.opset }],
    };
  }
}
