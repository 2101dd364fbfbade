import type { JsonObject, JsonValue } from "../container/index.ts";
import { dimEquals, formatShape, type SymbolRange, type TensorLocation } from "../core/index.ts";
import {
  type Argument,
  type Graph,
  GraphBuilder,
  isValueRef,
  type ModuleInfo,
  type Value,
  type WeightKind,
} from "../graph/index.ts";
import { nameIn, readArgument } from "./argument-reader.ts";
import { type GraphFrame, GraphReader } from "./graph-reader.ts";
import { asArray, asObject, asString, asUnion, isObject } from "./json-fields.ts";
import { OriginReader } from "./node-origin.ts";
import { leafNames, type PyTree, readPyTree } from "./pytree.ts";
import { EXPORT_WITH_KNOWN, Malformed, Unsupported } from "./refusal.ts";
import { ANY_SIZE, readRanges } from "./symbol-ranges.ts";
import { TensorMetaReader } from "./tensor-meta.ts";
import { type BufferMutation, bufferMutations, uniqueNames, userOutputs } from "./user-outputs.ts";
import type { WeightStores } from "./weight-store.ts";

export interface ReadProgram {
  readonly graph: Graph;
  readonly modules: readonly ModuleInfo[];
  /** How the model's arguments were flattened; undefined when the file does not tell. */
  readonly argumentTree: PyTree | undefined;
  /** For each leaf of the arguments, whether it is an input of the graph; the others are baked into it. */
  readonly isGraphInput: readonly boolean[];
}

type InputRule = (reader: ProgramReader, spec: JsonObject) => void;

const INPUTS: ReadonlyMap<string, InputRule> = new Map<string, InputRule>([
  ["parameter", (reader, spec) => reader.weight("parameter", spec, spec["parameter_name"])],
  ["buffer", (reader, spec) => reader.weight("buffer", spec, spec["buffer_name"])],
  ["tensor_constant", (reader, spec) => reader.weight("constant", spec, spec["tensor_constant_name"])],
  ["user_input", (reader, spec) => reader.userInput(spec["arg"])],
  ["constant_input", (reader, spec) => reader.bakedInput(spec["name"], spec["value"])],
  ["custom_obj", (reader, spec) => reader.opaqueInput(spec["arg"])],
  ["token", (reader, spec) => reader.opaqueInput(spec["arg"])],
]);

/** Reads torch.export's ExportedProgram JSON into a graph. */
class ProgramReader {
  readonly #module: JsonObject;
  readonly #stores: WeightStores;
  readonly #ranges: ReadonlyMap<string, SymbolRange>;
  readonly #builder = new GraphBuilder();
  readonly #origins = new OriginReader();
  readonly #metas = new TensorMetaReader();
  readonly #graphs: GraphReader;
  readonly #frame: GraphFrame;
  readonly #isGraphInput: boolean[] = [];
  readonly #buffers = new Map<string, Value>();

  constructor(module: JsonObject, stores: WeightStores, ranges: ReadonlyMap<string, SymbolRange>) {
    this.#module = module;
    this.#ranges = ranges;
    this.#stores = stores;
    this.#graphs = new GraphReader(this.#metas, this.#origins);
    this.#frame = { json: asObject(module["graph"], "the graph"), scope: new Map(), builder: this.#builder, depth: 0 };
  }

  read(): ReadProgram {
    const signature = asObject(this.#module["signature"], "the signature");
    for (const spec of asArray(signature["input_specs"], "the inputs")) this.#input(spec);
    this.#graphs.nodes(this.#frame);
    this.#outputs(asArray(signature["output_specs"], "the outputs"));
    for (const name of this.#metas.symbols) this.#builder.symbol(name, this.#ranges.get(name) ?? ANY_SIZE);
    return {
      graph: this.#builder.build(),
      modules: this.#origins.modules,
      argumentTree: this.#tree("in_spec"),
      isGraphInput: this.#isGraphInput,
    };
  }

  #input(spec: JsonValue): void {
    const [tag, payload] = asUnion(spec, "an input");
    const rule = INPUTS.get(tag);
    if (!rule) throw new Unsupported(`an input of the kind ${tag}`, EXPORT_WITH_KNOWN);
    rule(this, asObject(payload, "an input"));
  }

  weight(kind: WeightKind, spec: JsonObject, qualifiedName: JsonValue | undefined): void {
    const name = asString(qualifiedName, "the name of a weight");
    const placeholder = asString(asObject(spec["arg"], "a weight's value")["name"], "a weight's value");
    const isPersistent = kind !== "constant" && spec["persistent"] !== false;
    const location = (isPersistent ? this.#stores.weights : this.#stores.constants).locate(name);
    this.#checkType(placeholder, name, location);
    const value = this.#builder.weight(kind, name, location, placeholder);
    if (kind === "buffer") this.#buffers.set(name, value);
    this.#graphs.bind(placeholder, { value }, this.#frame);
  }

  #checkType(placeholder: string, name: string, { dtype, shape }: TensorLocation): void {
    const type = this.#graphs.valueType("as_tensor", placeholder, this.#frame);
    const isSame =
      type.kind === "tensor" &&
      type.dtype === dtype &&
      type.shape.length === shape.length &&
      type.shape.every((dim, axis) => dimEquals(dim, shape[axis] ?? 0));
    if (!isSame)
      throw new Malformed(`the weight ${name} is ${dtype} ${formatShape(shape)}, but the graph says otherwise`);
  }

  userInput(arg: JsonValue | undefined): void {
    const [tag, payload] = asUnion(arg, "a user input");
    const name = nameIn(payload);
    this.#isGraphInput.push(name !== undefined);
    if (name === undefined) return;
    if (tag === "as_custom_obj")
      throw new Unsupported("an input that is a custom object", "let forward take tensors only");
    const value = this.#builder.input(name, this.#graphs.valueType(tag, name, this.#frame));
    this.#graphs.bind(name, { value }, this.#frame);
  }

  bakedInput(name: JsonValue | undefined, value: JsonValue | undefined): void {
    this.#isGraphInput.push(false);
    this.#graphs.bind(asString(name, "a constant input"), readArgument(value, this.#frame.scope), this.#frame);
  }

  /** Tokens and custom objects: operators that cannot run take them, and they will be reported together. */
  opaqueInput(arg: JsonValue | undefined): void {
    this.#graphs.bind(asString(asObject(arg, "an input")["name"], "an input"), null, this.#frame);
  }

  /** Writes what the graph hands out for a buffer into it, after everything else. */
  #mutate({ name, arg }: BufferMutation, results: readonly Argument[]): void {
    const self = this.#buffers.get(name);
    const src = readArgument(arg, this.#frame.scope);
    if (!self || !isValueRef(src)) throw new Malformed(`the buffer ${name}, which changes, is missing`);
    if (results.some((result) => isValueRef(result) && result.value === self)) {
      throw new Unsupported("a buffer that is returned as it was and changes", "return a clone of it");
    }
    this.#builder.node("aten.copy_.default", { self: { value: self }, src }, self.type);
  }

  #outputs(specs: readonly JsonValue[]): void {
    const results = userOutputs(specs).map((arg) => readArgument(arg, this.#frame.scope));
    for (const mutation of bufferMutations(specs)) this.#mutate(mutation, results);
    const names = uniqueNames(this.#outputNames(results.length));
    const named = results.flatMap((result, i) => (isValueRef(result) ? [{ name: names[i], value: result.value }] : []));
    if (named.length === 0) throw new Unsupported("a model that returns no tensor", "let forward return one");
    for (const { name, value } of named) this.#builder.output(name ?? value.name, value);
  }

  #outputNames(count: number): readonly string[] {
    const tree = this.#tree("out_spec");
    const names = tree ? leafNames(tree) : [];
    return names.length === count ? names : Array.from({ length: count }, (_, i) => `output_${i}`);
  }

  /** The pytree of the arguments or of the results, from the entry of the root module. */
  #tree(which: "in_spec" | "out_spec"): PyTree | undefined {
    const calls = asArray(this.#module["module_call_graph"], "the module call graph");
    const root = calls.find((call) => isObject(call) && call["fqn"] === "");
    const signature = isObject(root) ? root["signature"] : undefined;
    if (!isObject(signature)) return undefined;
    return readPyTree(signature[which], this.#module["treespec_namedtuple_fields"]);
  }
}

/** Reads an ExportedProgram, its weights located in `stores`. @throws Malformed, Unsupported, Excess, RelayError */
export function readProgram(exported: JsonObject, stores: WeightStores): ReadProgram {
  const module = asObject(exported["graph_module"], "the graph module");
  return new ProgramReader(module, stores, readRanges(exported["range_constraints"])).read();
}
