import { DTYPES, type DType, formatDim } from "../core/index.ts";
import { packageFacts } from "../util/index.ts";
import { ONNX_OPS, type OnnxOp, type OnnxOpName } from "./onnx-ops.ts";
import type { AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./onnx-proto.ts";
import type { Operand, ShapedOperand } from "./operand.ts";
import type { Initializer, Placement } from "./placement.ts";

export const OPSET_VERSION = 20;
/** The ONNX IR version that came with opset 20. */
const IR_VERSION = 9;

interface EmittedNode {
  readonly name: string;
  readonly op: OnnxOpName;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly AttributeProto[];
}

function valueInfo({ name, dtype, shape }: ShapedOperand): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: formatDim(size) }));
  return { name, type: { tensorType: { elemType: DTYPES[dtype].onnx, shape: { dim } } } };
}

/** Leaves out the unused results of those operators that allow it. */
function neededResults(op: OnnxOpName, results: readonly string[], used: ReadonlySet<string>): readonly string[] {
  const { optionalResults }: OnnxOp = ONNX_OPS[op];
  if (!optionalResults) return results;
  const count = results.findLastIndex((name) => used.has(name)) + 1;
  return results.slice(0, count).map((name, i) => (i === 0 || used.has(name) ? name : ""));
}

/** Longer constants are not compared with each other. */
const SHARED_CONSTANT_BYTES = 64;

/** Collects an ONNX graph in which every name is unique; gives what the outputs need of it. */
export class ModelBuilder {
  readonly #names: Set<string>;
  readonly #suffixes = new Map<string, number>();
  readonly #nodes: EmittedNode[] = [];
  readonly #produced = new Set<string>();
  readonly #initializers: Initializer[] = [];
  readonly #constants = new Map<string, string>();
  readonly #shared = new Map<string, Operand>();
  /** What transposed matrices are the transposes of, by name. */
  readonly #transposed = new Map<string, Operand>();
  readonly #inputs: ShapedOperand[] = [];
  readonly #outputs: ShapedOperand[] = [];
  /** Results that are outputs of the model, by the name they were made under. */
  readonly #renamed = new Map<string, string>();

  /** @param reserved names that only inputs and outputs may have */
  constructor(reserved: Iterable<string>) {
    this.#names = new Set(reserved);
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
    this.#inputs.push(operand);
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

  /** What `make` gives for the first call with this key; later calls get the same. */
  shared(key: string, make: () => Operand): Operand {
    const operand = this.#shared.get(key) ?? make();
    this.#shared.set(key, operand);
    return operand;
  }

  markTransposed(result: Operand, source: Operand): void {
    this.#transposed.set(result.name, source);
  }

  untransposed({ name }: Operand): Operand | undefined {
    return this.#transposed.get(name);
  }

  node(node: EmittedNode): void {
    this.#nodes.push(node);
    for (const output of node.outputs) this.#produced.add(output);
  }

  /** Makes `value` an output of the model; an input, a weight or what is an output already is passed on by Identity. */
  output(output: ShapedOperand, value: Operand): void {
    this.#outputs.push(output);
    if (this.#produced.has(value.name) && !this.#renamed.has(value.name)) this.#renamed.set(value.name, output.name);
    else this.node({ name: output.name, op: "Identity", inputs: [value.name], outputs: [output.name], attributes: [] });
  }

  /** The model with the bytes of its tensors where `place` puts them, asked in the order of the tensors. */
  build(graphName: string, place: Placement): ModelProto {
    const node = this.#liveNodes();
    const used = new Set(node.flatMap(({ input }) => input));
    const live = this.#initializers.filter(({ name }) => used.has(name));
    return {
      irVersion: IR_VERSION,
      producerName: "torchrelay",
      producerVersion: packageFacts().version,
      graph: {
        node,
        name: graphName,
        initializer: live.map(({ storage, ...tensor }): TensorProto => ({ ...tensor, ...place(storage) })),
        input: this.#inputs.map(valueInfo),
        output: this.#outputs.map(valueInfo),
      },
      opsetImport: [{ domain: "", version: OPSET_VERSION }],
    };
  }

  #liveNodes(): readonly NodeProto[] {
    const used = new Set<string>(this.#outputs.map(({ name }) => name));
    const finalName = (name: string) => this.#renamed.get(name) ?? name;
    const live: NodeProto[] = [];
    for (const { name, op, inputs, outputs, attributes } of this.#nodes.toReversed()) {
      const output = outputs.map(finalName);
      if (!output.some((result) => used.has(result))) continue;
      const input = inputs.map(finalName);
      for (const argument of input) used.add(argument);
      live.push({ name, opType: op, input, output: neededResults(op, output, used), attribute: attributes });
    }
    return live.reverse();
  }
}
