import type { JsonObject, JsonValue } from "../container/index.ts";
import { LIMITS } from "../core/index.ts";
import type { Argument, GraphBuilder, ScalarType, Value, ValueType } from "../graph/index.ts";
import { nameIn, readArgument, type Scope } from "./argument-reader.ts";
import { asArray, asObject, asString, asUnion, isObject } from "./json-fields.ts";
import type { OriginReader } from "./node-origin.ts";
import { Excess, Malformed } from "./refusal.ts";
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
  /** Which argument is the subgraph; the operands follow it. */
  readonly graphAt: number;
  /** Whether running the subgraph as it stands is all the node does. */
  readonly isPlain: (args: readonly JsonValue[]) => boolean;
}

/** Higher-order operators around a part of the graph. */
const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["higher_order.wrap_with_set_grad_enabled", { graphAt: 1, isPlain: () => true }],
  [
    "higher_order.wrap_with_autocast",
    { graphAt: 4, isPlain: (args) => isObject(args[2]) && args[2]["as_bool"] === false },
  ],
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

/** Arguments by name; higher-order operators give none, and theirs are numbered. */
function readArguments(inputs: readonly JsonObject[], scope: Scope): Readonly<Record<string, Argument>> {
  return Object.fromEntries(
    inputs.map(({ name, arg }, i) => [
      name === "" ? `arg${i}` : asString(name, "an argument's name"),
      readArgument(arg, scope),
    ]),
  );
}

/** One graph of the file, with what its names stand for. Subgraphs have names of their own. */
export interface GraphFrame {
  readonly json: JsonObject;
  readonly scope: Scope;
}

/** Adds the nodes of torch.export's JSON graph to a builder. */
export class GraphReader {
  readonly #builder: GraphBuilder;
  readonly #metas: TensorMetaReader;
  readonly #origins: OriginReader;
  #nodeCount = 0;

  constructor(builder: GraphBuilder, metas: TensorMetaReader, origins: OriginReader) {
    this.#builder = builder;
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
    if (DROPPED.has(target)) {
      this.#bindAll(outputs, [], frame);
    } else if (wrapper?.isPlain(args)) {
      this.#inline(args, wrapper.graphAt, outputs, frame);
    } else {
      const named = readArguments(inputs, frame.scope);
      const results = outputs.flatMap((output) => this.#results(output, frame));
      this.#builder.add(target, named, results, this.#origins.origin(node["metadata"]));
    }
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
    const value = this.#builder.value(name, this.valueType(tag, name, frame));
    this.bind(name, { value }, frame);
    return value;
  }

  #inline(args: readonly JsonValue[], graphAt: number, outputs: readonly JsonValue[], frame: GraphFrame): void {
    const [tag, payload] = asUnion(args[graphAt], "a subgraph");
    if (tag !== "as_graph") throw new Malformed("a subgraph is missing");
    const inner: GraphFrame = {
      json: asObject(asObject(payload, "a subgraph")["graph"], "a subgraph"),
      scope: new Map(),
    };
    const parameters = asArray(inner.json["inputs"], "the inputs of a subgraph");
    const operands = args.slice(graphAt + 1).map((operand) => readArgument(operand, frame.scope));
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
