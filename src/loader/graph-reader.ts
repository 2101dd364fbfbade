import type { JsonObject, JsonValue } from "../container/index.ts";
import { LIMITS } from "../core/index.ts";
import {
  type Argument,
  GraphBuilder,
  higherOrderParameters,
  isValueRef,
  type ScalarType,
  type SubgraphRef,
  type Value,
  type ValueType,
} from "../graph/index.ts";
import { nameIn, readArgument, type Scope } from "./argument-reader.ts";
import { type Autocast, autocastArguments, readAutocast } from "./autocast.ts";
import { asArray, asObject, asString, asUnion } from "./json-fields.ts";
import type { OriginReader } from "./node-origin.ts";
import { Excess, Malformed, Unsupported } from "./refusal.ts";
import type { TensorMetaReader } from "./tensor-meta.ts";

/** Nodes that only check at run time what the export assumed; nothing uses their results but one another. */
const DROPPED: ReadonlySet<string> = new Set([
  "aten._assert_async.default",
  "aten._assert_async.msg",
  "aten._assert_scalar.default",
  "aten._assert_tensor_metadata.default",
  "aten._functional_assert_async.msg",
  "aten._functional_assert_scalar.default",
  "aten._functional_sym_constrain_range.default",
  "aten._functional_sym_constrain_range_for_size.default",
  "aten.sym_constrain_range.default",
  "aten.sym_constrain_range_for_size.default",
]);

interface Wrapper {
  /** Which argument is the subgraph; the operands follow it, as they are or in a list. */
  readonly graphAt: number;
  /** What autocast does in the subgraph, given what it does around it; null for what cannot be followed. */
  readonly autocast: (args: readonly JsonValue[], around: Autocast) => Autocast | null;
}

const unchanged: Wrapper["autocast"] = (_, around) => around;

/** Higher-order operators around a part of the graph. */
const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["higher_order.strict_mode", { graphAt: 0, autocast: unchanged }],
  ["higher_order.wrap_with_set_grad_enabled", { graphAt: 1, autocast: unchanged }],
  ["higher_order.wrap_with_autocast", { graphAt: 4, autocast: readAutocast }],
]);

/** The kinds of node results that are one value, with the kind of value each is. */
const SCALARS: ReadonlyMap<string, { readonly dtype: ScalarType["dtype"]; readonly table: string }> = new Map([
  ["as_sym_int", { dtype: "int64", table: "sym_int_values" }],
  ["as_sym_float", { dtype: "float64", table: "sym_float_values" }],
  ["as_sym_bool", { dtype: "bool", table: "sym_bool_values" }],
]);

/** `torch.ops.aten.add.Tensor` is `aten.add.Tensor` here; `_operator.add` and `torch.sym_max` keep their names. */
function shortTarget(value: JsonValue | undefined): string {
  return asString(value, "an operator's name").replace(/^torch\.ops\./, "");
}

/** The JSON of a subgraph that is an argument; undefined for other arguments. */
function subgraphIn(arg: JsonValue | undefined): JsonObject | undefined {
  const [tag, payload] = asUnion(arg, "an argument");
  if (tag !== "as_graph") return undefined;
  return asObject(asObject(payload, "a subgraph")["graph"], "a subgraph");
}

/** One graph of the file, with what its names stand for. Subgraphs have names of their own. */
export interface GraphFrame {
  readonly json: JsonObject;
  readonly scope: Scope;
  /** What the nodes are added to; a subgraph that is inlined has that of the graph around it. */
  readonly builder: GraphBuilder;
  /** How many subgraphs are around it. */
  readonly depth: number;
  readonly autocast?: Autocast;
}

/** Adds the nodes of torch.export's JSON graphs to builders. */
export class GraphReader {
  readonly #metas: TensorMetaReader;
  readonly #origins: OriginReader;
  #nodeCount = 0;

  constructor(metas: TensorMetaReader, origins: OriginReader) {
    this.#metas = metas;
    this.#origins = origins;
  }

  nodes(frame: GraphFrame): void {
    const nodes = asArray(frame.json["nodes"], "the nodes of the graph");
    this.#nodeCount += nodes.length;
    if (this.#nodeCount > LIMITS.graphNodes) throw new Excess("the number of nodes", this.#nodeCount, "graphNodes");
    for (const node of nodes) this.#node(asObject(node, "a node"), frame);
  }

  /** The type of a tensor or scalar by its tag and name. */
  valueType(tag: string, name: string, { json }: GraphFrame): ValueType {
    const scalar = SCALARS.get(tag);
    const table = asObject(json[scalar?.table ?? "tensor_values"], "the values of the graph");
    if (!scalar) return this.#metas.tensorType(table[name]);
    if (scalar.dtype !== "int64") return { kind: "scalar", dtype: scalar.dtype };
    return { kind: "scalar", dtype: "int64", dim: this.#metas.dim(table[name]).dim };
  }

  bind(name: string, argument: Argument, { scope }: GraphFrame): void {
    if (scope.has(name)) throw new Malformed(`the value ${name} is made twice`);
    scope.set(name, argument);
  }

  #node(node: JsonObject, frame: GraphFrame): void {
    const target = shortTarget(node["target"]);
    const inputs = asArray(node["inputs"], `the arguments of ${target}`).map((input) => asObject(input, "an argument"));
    const outputs = asArray(node["outputs"], `the results of ${target}`);
    const args = inputs.map(({ arg }) => arg ?? null);
    const wrapper = WRAPPERS.get(target);
    const autocast = wrapper ? wrapper.autocast(args, frame.autocast) : null;
    if (DROPPED.has(target)) {
      this.#bindAll(outputs, [], frame);
    } else if (wrapper && autocast !== null) {
      this.#inline(args, wrapper.graphAt, outputs, { ...frame, autocast });
    } else {
      const given = this.#arguments(target, inputs, frame);
      const named = autocastArguments(target, given, frame.autocast, frame.builder);
      const results = outputs.flatMap((output) => this.#results(output, frame));
      frame.builder.add(target, named, results, this.#origins.origin(node["metadata"]));
    }
  }

  /** Arguments by name; higher-order operators give none: those that are known have names here, others are numbered. */
  #arguments(target: string, inputs: readonly JsonObject[], frame: GraphFrame): Readonly<Record<string, Argument>> {
    const names = higherOrderParameters(target);
    return Object.fromEntries(
      inputs.map(({ name, arg }, i) => {
        const graph = names && subgraphIn(arg);
        return [
          name === "" ? (names?.[i] ?? `arg${i}`) : asString(name, "an argument's name"),
          graph ? this.#subgraph(graph, frame) : readArgument(arg, frame.scope),
        ];
      }),
    );
  }

  #subgraph(json: JsonObject, around: GraphFrame): SubgraphRef {
    const frame = { ...around, json, scope: new Map(), builder: new GraphBuilder(), depth: around.depth + 1 };
    this.#checkDepth(frame);
    for (const input of asArray(json["inputs"], "the inputs of a subgraph")) this.#parameter(input, frame);
    this.nodes(frame);
    for (const [i, output] of asArray(json["outputs"], "the outputs of a subgraph").entries()) {
      frame.builder.output(`output_${i}`, this.#returned(readArgument(output, frame.scope), frame));
    }
    return { graph: frame.builder.build() };
  }

  #checkDepth({ depth }: GraphFrame): void {
    if (depth > LIMITS.graphNesting) throw new Excess("the nesting of subgraphs", depth, "graphNesting");
  }

  #parameter(input: JsonValue, frame: GraphFrame): void {
    const [tag, payload] = asUnion(input, "an input of a subgraph");
    const name = nameIn(payload);
    if (name === undefined) throw new Unsupported("a subgraph that takes a constant", "let it use the constant itself");
    const value = frame.builder.input(name, this.valueType(tag, name, frame));
    this.bind(name, { value }, frame);
  }

  /** What a subgraph returns; a whole number that it returns as it is becomes the result of a node. */
  #returned(result: Argument, { builder }: GraphFrame): Value {
    if (isValueRef(result)) return result.value;
    if (typeof result !== "number" || !Number.isInteger(result)) {
      throw new Unsupported("a subgraph that returns a constant", "let it return a tensor");
    }
    return builder.node("_operator.pos", { a: result }, { kind: "scalar", dtype: "int64", dim: result });
  }

  /** New values for one result of a node; null where it has none, and as many as the list has for a list. */
  #results(output: JsonValue, frame: GraphFrame): readonly (Value | null)[] {
    const [tag, payload] = asUnion(output, "a result");
    if (tag === "as_none") return [null];
    if (Array.isArray(payload)) return payload.flatMap((item: JsonValue) => this.#listed(tag, item, frame));
    if (tag === "as_optional_tensor") return this.#results(payload, frame);
    const name = nameIn(payload);
    return [name === undefined ? null : this.#define(tag, name, frame)];
  }

  /** An element of a list is tagged only where the list may hold various things. */
  #listed(tag: string, item: JsonValue, frame: GraphFrame): readonly (Value | null)[] {
    return this.#results(tag === "as_optional_tensors" ? item : { [tag.replace(/s$/, "")]: item }, frame);
  }

  #define(tag: string, name: string, frame: GraphFrame): Value {
    const value = frame.builder.value(name, this.valueType(tag, name, frame));
    this.bind(name, { value }, frame);
    return value;
  }

  #inline(args: readonly JsonValue[], graphAt: number, outputs: readonly JsonValue[], frame: GraphFrame): void {
    const json = subgraphIn(args[graphAt]);
    if (json === undefined) throw new Malformed("a subgraph is missing");
    const inner: GraphFrame = { ...frame, json, scope: new Map(), depth: frame.depth + 1 };
    this.#checkDepth(inner);
    const parameters = asArray(inner.json["inputs"], "the inputs of a subgraph");
    const operands = args.slice(graphAt + 1).flatMap((operand) => readArgument(operand, frame.scope));
    if (parameters.length !== operands.length) throw new Malformed("a subgraph has more inputs than operands or fewer");
    this.#bindAll(parameters, operands, inner);
    this.nodes(inner);
    const results = asArray(inner.json["outputs"], "the outputs of a subgraph").map((result) =>
      readArgument(result, inner.scope),
    );
    this.#bindAll(outputs, results, frame);
  }

  /** Binds the names of inputs or results to what they stand for, to null beyond the end. */
  #bindAll(names: readonly JsonValue[], meanings: readonly Argument[], frame: GraphFrame): void {
    for (const [i, tagged] of names.entries()) {
      const name = nameIn(asUnion(tagged, "a value")[1]);
      if (name !== undefined) this.bind(name, meanings[i] ?? null, frame);
    }
  }
}
