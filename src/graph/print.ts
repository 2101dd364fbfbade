import { formatDim, formatShape } from "../core/index.ts";
import {
  type Argument,
  type Graph,
  isComplexNumber,
  isSubgraphRef,
  isValueRef,
  type Node,
  type Value,
  type ValueType,
} from "./types.ts";

/** `float32[s0, 10]`; for a scalar `int64`, or `int64(4*s0)` when its expression is known. */
export function formatType(type: ValueType): string {
  if (type.kind === "tensor") return `${type.dtype}${formatShape(type.shape)}`;
  return type.dim === undefined ? type.dtype : `${type.dtype}(${formatDim(type.dim)})`;
}

function formatArgument(arg: Argument): string {
  if (arg === null) return "None";
  if (isValueRef(arg)) return `%${arg.value.name}`;
  if (typeof arg === "string") return JSON.stringify(arg);
  if (isSubgraphRef(arg)) return "{}";
  if (isComplexNumber(arg)) return `${arg.re}+${arg.im}j`;
  return typeof arg === "object" ? `[${arg.map(formatArgument).join(", ")}]` : String(arg);
}

function formatValue(value: Value | null): string {
  return value === null ? "None" : `%${value.name}: ${formatType(value.type)}`;
}

/** `%linear: float32[s0, 10] = aten.linear.default(input=%x, weight=%fc.weight, bias=None)  # fc` */
export function formatNode(node: Node): string {
  const results = node.outputs.length > 0 ? `${node.outputs.map(formatValue).join(", ")} = ` : "";
  const args = Object.entries(node.args).map(([name, arg]) => `${name}=${formatArgument(arg)}`);
  const path = node.origin?.modulePath;
  return `${results}${node.target}(${args.join(", ")})${path ? `  # ${path}` : ""}`;
}

/** The graphs that a node runs, indented, each after the name of its parameter. */
function subgraphLines({ args }: Node): readonly string[] {
  return Object.entries(args).flatMap(([name, arg]) => {
    if (!isSubgraphRef(arg)) return [];
    return [`${name} {`, ...graphLines(arg.graph).map((line) => `  ${line}`), "}"].map((line) => `  ${line}`);
  });
}

function graphLines(graph: Graph): readonly string[] {
  return [
    ...Object.entries(graph.symbols).map(([name, { min, max }]) => `symbol ${name} in [${min}, ${max}]`),
    ...graph.inputs.map(({ name, value }) => `input ${name}: ${formatValue(value)}`),
    ...graph.weights.map(({ kind, name, value }) => `${kind} ${name}: ${formatValue(value)}`),
    ...graph.nodes.flatMap((node) => [formatNode(node), ...subgraphLines(node)]),
    ...graph.outputs.map(({ name, value }) => `output ${name}: %${value.name}`),
  ];
}

/** The graph as stable text, one line a symbol, input, weight and node, and a block for each subgraph. */
export function printGraph(graph: Graph): string {
  return `${graphLines(graph).join("\n")}\n`;
}
