import { DTYPES, type DType, numel } from "../core/index.ts";
import { assert, required } from "../util/index.ts";
import { type Attributes, attributeProtos } from "./attributes.ts";
import { type Constant, encodeElements } from "./constants.ts";
import { inFloat64 } from "./double-forms.ts";
import { GraphBody, type Port } from "./graph-body.ts";
import type { ModelBuilder } from "./model-builder.ts";
import { inOpset, type NodeRequest } from "./older-forms.ts";
import { kernelDType, ONNX_OPS, type OnnxOp, type OnnxOpName } from "./onnx-ops.ts";
import { isStaticSizes, type Operand, type ShapedOperand, type Size } from "./operand.ts";
import type { Initializer } from "./placement.ts";
import { Refusal } from "./refusal.ts";
import { SharedValues } from "./shared-values.ts";

/** Whether T, the dtype for which the kernel is chosen, is that of this input. */
function isTyped({ typed }: OnnxOp, index: number): boolean {
  return typed?.includes(index) ?? true;
}

function commonDType(op: OnnxOpName, inputs: readonly (Operand | undefined)[]): DType {
  const typed = inputs.filter((_, i) => isTyped(ONNX_OPS[op], i)).filter((input) => input !== undefined);
  const [first] = typed;
  if (!first) throw new Refusal("it has no operand");
  const other = typed.find(({ dtype }) => dtype !== first.dtype);
  if (other) throw new Refusal(`it mixes ${first.dtype} and ${other.dtype}`);
  return first.dtype;
}

/** What a node that runs graphs needs. */
interface Running {
  readonly bodies: Readonly<Record<string, GraphBody>>;
  readonly attributes?: Attributes;
  readonly dtypes: readonly DType[];
}

function isComplex(dtype: DType): boolean {
  return DTYPES[dtype].category === "complex";
}

/** A graph of the model, and what is computed once in it. */
interface Place {
  readonly body: GraphBody;
  readonly shared: SharedValues;
}

/** Appends ONNX nodes for one call of the graph, hiding which dtypes ONNX Runtime lacks kernels for. */
export class Emitter {
  readonly #model: ModelBuilder;
  readonly #scope: string;
  readonly #place: Place;

  /**
   * @param scope begins the names of the nodes, so that profiles and native errors lead back to the model's modules
   * @param place where the nodes go; the main graph when absent
   */
  constructor(model: ModelBuilder, scope: string, place: Place = { body: model.body, shared: new SharedValues() }) {
    this.#model = model;
    this.#scope = scope;
    this.#place = place;
  }

  /** Appends to the same graph under other names. */
  within(scope: string): Emitter {
    return new Emitter(this.#model, scope, this.#place);
  }

  /** Appends to the same graph, in which the sizes that symbols stand for are others now. */
  resized(): Emitter {
    return new Emitter(this.#model, this.#scope, { ...this.#place, shared: new SharedValues() });
  }

  /** Appends to a new graph that runs at most once: what is computed around it is so in it too. */
  branch(): Emitter {
    const shared = new SharedValues(this.#place.shared);
    return new Emitter(this.#model, this.#scope, { body: new GraphBody(), shared });
  }

  /** Appends to a new graph that runs again and again, with other sizes every time. */
  round(): Emitter {
    return new Emitter(this.#model, this.#scope, { body: new GraphBody(), shared: new SharedValues() });
  }

  /** Adds an input to the graph, without a shape unless one is given. */
  input(hint: string, { dtype, shape }: Omit<Port, "name">): Operand {
    const name = this.#model.uniqueName(`${this.#scope}/${hint}`);
    this.#place.body.input({ name, dtype, ...(shape && { shape }) });
    return { name, dtype };
  }

  /** The graph with `results` as its outputs, of which no more than the ranks is said where they are known. */
  close(results: readonly (Operand | ShapedOperand)[]): GraphBody {
    const { body } = this.#place;
    for (const result of results) {
      const port = { name: this.#model.uniqueName(`${this.#scope}/result`), dtype: result.dtype };
      const rank = "shape" in result ? { shape: result.shape.map(() => null) } : {};
      body.output({ ...port, ...rank }, result);
    }
    return body;
  }

  /** Appends a node that runs graphs; its results have the given dtypes. */
  run(op: "If" | "Loop" | "Scan", inputs: readonly (Operand | undefined)[], running: Running): readonly Operand[] {
    const { bodies, attributes = {}, dtypes } = running;
    return this.#append(op, inputs, attributes, dtypes, bodies);
  }

  /** Appends a node and gives its first result. @throws Refusal when no kernel computes on this dtype exactly */
  op(op: OnnxOpName, inputs: readonly (Operand | undefined)[], attributes: Attributes = {}): Operand {
    return required(this.ops(op, inputs, attributes, 1)[0], `${op} has a result`);
  }

  /** Appends a node with `count` results. */
  ops(
    op: OnnxOpName,
    inputs: readonly (Operand | undefined)[],
    attributes: Attributes,
    count: number,
  ): readonly Operand[] {
    const form = inOpset(this, { op, inputs, attributes }, this.#model.opset);
    return "name" in form ? [form] : this.#computed(form, count);
  }

  #computed({ op, inputs, attributes }: NodeRequest, count: number): readonly Operand[] {
    const info: OnnxOp = ONNX_OPS[op];
    const dtype = commonDType(op, inputs);
    const kernel = kernelDType(op, dtype, this.#model.opset);
    if (kernel === undefined) return this.#composed({ op, inputs, attributes }, dtype);
    const given = inputs.map((input, i) => (input && isTyped(info, i) ? this.cast(input, kernel) : input));
    const results = Array.from({ length: count }, (_, i) => info.results?.[i] ?? info.results?.at(-1) ?? "T");
    const operands = this.#append(
      op,
      given,
      attributes,
      results.map((result) => (result === "T" ? kernel : result)),
    );
    return operands.map((operand, i) => (results[i] === "T" ? this.cast(operand, dtype) : operand));
  }

  /** What stands for a node that has no kernel. */
  #composed(request: NodeRequest, dtype: DType): readonly Operand[] {
    const result = dtype === "float64" ? inFloat64(this, request) : undefined;
    if (!result) throw new Refusal(`ONNX Runtime has no ${request.op} for ${dtype}`);
    return [result];
  }

  /** Converts as PyTorch's `to` does. */
  cast<T extends Operand>(input: T, dtype: DType): T {
    if (input.dtype === dtype) return input;
    if (isComplex(input.dtype) || isComplex(dtype)) throw new Refusal("complex numbers are not supported");
    const [result] = this.#append("Cast", [input], { to: DTYPES[dtype].onnx }, [dtype]);
    return { ...input, ...required(result, "Cast has a result") };
  }

  /** Reorders the axes. */
  transpose(input: Operand, perm: readonly number[]): Operand {
    if (perm.every((axis, i) => axis === i)) return input;
    const source = this.untransposed(input);
    if (source && perm.length === 2) return source;
    const result = this.op("Transpose", [input], { perm });
    if (perm.length === 2) this.#model.markTransposed(result, input);
    return result;
  }

  /** The matrix whose transpose `operand` is, when it was made as one. */
  untransposed(operand: Operand): Operand | undefined {
    return this.#model.untransposed(operand);
  }

  /** A row-major tensor that the model holds; one value is a scalar unless a shape is given. */
  constant(dtype: DType, value: Constant | readonly Constant[], shape?: readonly number[]): Operand {
    if (dtype === "float16" || dtype === "bfloat16") return this.cast(this.constant("float32", value, shape), dtype);
    const values = typeof value === "object" ? value : [value];
    const dims = shape ?? (typeof value === "object" ? [values.length] : []);
    assert(numel(dims) === values.length, `${values.length} values of a constant of shape ${dims.join()}`);
    return { name: this.#model.constant(dtype, dims, encodeElements(dtype, values)), dtype };
  }

  /** The elements of a constant; undefined for what is computed. */
  int64Elements({ name, dtype }: Operand): readonly number[] | undefined {
    const bytes = dtype === "int64" ? this.#model.constantBytes(name) : undefined;
    return bytes && Array.from(new BigInt64Array(bytes.slice().buffer), Number);
  }

  /** A scalar of the dtype of `operand`. */
  like(operand: Operand, value: Constant): Operand {
    return this.constant(operand.dtype, value);
  }

  isFloating({ dtype }: Operand): boolean {
    return DTYPES[dtype].category === "float";
  }

  /** A tensor outside the model, or too large to be compared with others. */
  initializer(hint: string, dtype: DType, tensor: Pick<Initializer, "dims" | "storage">): Operand {
    return { name: this.#model.initializer(hint, { ...tensor, dataType: DTYPES[dtype].onnx }), dtype };
  }

  /** A 1-D int64 tensor. */
  int64s(sizes: readonly Size[]): Operand {
    if (isStaticSizes(sizes)) return this.constant("int64", sizes);
    const key = sizes.map((size) => (typeof size === "number" ? size : size.name)).join();
    return this.shared(`vector ${key}`, () => this.#vector(sizes));
  }

  /** Something that is computed once for the graph and its branches, by the first call that asks. */
  shared(key: string, make: () => Operand): Operand {
    const { shared } = this.#place;
    const operand = shared.get(key) ?? make();
    shared.set(key, operand);
    return operand;
  }

  #vector(sizes: readonly Size[]): Operand {
    const pieces = sizes.map((size) =>
      typeof size === "number"
        ? this.constant("int64", [size])
        : this.op("Reshape", [size, this.constant("int64", [1])]),
    );
    return pieces.length === 1 && pieces[0] ? pieces[0] : this.op("Concat", pieces, { axis: 0 });
  }

  /** A 0-d int64 tensor. */
  int64(size: Size): Operand {
    return typeof size === "number" ? this.constant("int64", size) : size;
  }

  #append(
    op: OnnxOpName,
    inputs: readonly (Operand | undefined)[],
    attributes: Attributes,
    dtypes: readonly DType[],
    bodies: Readonly<Record<string, GraphBody>> = {},
  ): readonly Operand[] {
    const results = dtypes.map((dtype) => ({ name: this.#model.uniqueName(`${this.#scope}/${op}`), dtype }));
    this.#place.body.node({
      name: results[0]?.name ?? op,
      op,
      inputs: inputs.map((input) => input?.name ?? ""),
      outputs: results.map(({ name }) => name),
      attributes: attributeProtos(attributes),
      bodies,
    });
    return results;
  }
}
