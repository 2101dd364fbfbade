import { type Dim, DTYPES, formatDim } from "../core/index.ts";
import { ONNX_OPS, type OnnxOp, type OnnxOpName } from "./onnx-ops.ts";
import type { AttributeProto, GraphProto, NodeProto, ValueInfoProto } from "./onnx-proto.ts";
import type { Operand } from "./operand.ts";

export interface EmittedNode {
  readonly name: string;
  readonly op: OnnxOpName;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly AttributeProto[];
  /** The graphs that it runs, by the names of their attributes. */
  readonly bodies?: Readonly<Record<string, GraphBody>>;
}

/** An input or output of a graph: null stands for a size of which nothing is said. Only subgraphs leave the shape out. */
export interface Port extends Operand {
  readonly shape?: readonly (Dim | null)[];
}

/** A graph as ONNX writes it, and every name that it uses, also of what is around it. */
interface BuiltGraph {
  readonly graph: GraphProto;
  readonly used: ReadonlySet<string>;
}

type Rename = (name: string) => string;

function dimension(size: Dim | null) {
  if (size === null) return {};
  return typeof size === "number" ? { dimValue: size } : { dimParam: formatDim(size) };
}

function valueInfo({ name, dtype, shape }: Port): ValueInfoProto {
  const elemType = DTYPES[dtype].onnx;
  return { name, type: { tensorType: { elemType, ...(shape && { shape: { dim: shape.map(dimension) } }) } } };
}

/** Leaves out the unused results of those operators that allow it. */
function neededResults(op: OnnxOpName, results: readonly string[], used: ReadonlySet<string>): readonly string[] {
  const { optionalResults }: OnnxOp = ONNX_OPS[op];
  if (!optionalResults) return results;
  const count = results.findLastIndex((name) => used.has(name)) + 1;
  return results.slice(0, count).map((name, i) => (i === 0 || used.has(name) ? name : ""));
}

// AttributeProto.AttributeType
const GRAPH = 5;

/** The nodes of one graph of a model; names are unique in all of them. Gives what the outputs need. */
export class GraphBody {
  readonly #nodes: EmittedNode[] = [];
  readonly #produced = new Set<string>();
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  /** Results that are outputs, by the name they were made under. */
  readonly #renamed = new Map<string, string>();

  input(port: Port): void {
    this.#inputs.push(port);
  }

  node(node: EmittedNode): void {
    this.#nodes.push(node);
    for (const output of node.outputs) this.#produced.add(output);
  }

  /** Makes `value` an output; what is not made here, or is an output already, is passed on by Identity. */
  output(port: Port, value: Operand): void {
    this.#outputs.push(port);
    if (this.#produced.has(value.name) && !this.#renamed.has(value.name)) this.#renamed.set(value.name, port.name);
    else this.node({ name: port.name, op: "Identity", inputs: [value.name], outputs: [port.name], attributes: [] });
  }

  /** @param around gives what names of the surrounding graphs have become */
  build(name: string, around: Rename = (given) => given): BuiltGraph {
    const used = new Set<string>(this.#outputs.map((output) => output.name));
    const node = this.#liveNodes(used, (given) => this.#renamed.get(given) ?? around(given));
    const [input, output] = [this.#inputs.map(valueInfo), this.#outputs.map(valueInfo)];
    return { graph: { node, name, input, output }, used };
  }

  #liveNodes(used: Set<string>, finalName: Rename): readonly NodeProto[] {
    const live: NodeProto[] = [];
    for (const { name, op, inputs, outputs, attributes, bodies = {} } of this.#nodes.toReversed()) {
      const output = outputs.map(finalName);
      if (!output.some((result) => used.has(result))) continue;
      const input = inputs.map(finalName);
      for (const argument of input) used.add(argument);
      const graphs = Object.entries(bodies).map(([role, body]): AttributeProto => {
        const { graph, used: usedInside } = body.build(`${name}/${role}`, finalName);
        for (const argument of usedInside) used.add(argument);
        return { name: role, g: graph, type: GRAPH };
      });
      const attribute = [...attributes, ...graphs];
      live.push({ name, opType: op, input, output: neededResults(op, output, used), attribute });
    }
    return live.reverse();
  }
}
