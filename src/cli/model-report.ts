import { type Dim, describeShape, formatDim } from "../core/index.ts";
import type { GraphInput } from "../graph/index.ts";
import type { UnsupportedOperator } from "../lowering/index.ts";
import { formatBytes, formatCount, formatPlural } from "./format.ts";
import type { Json } from "./json.ts";
import type { ModelFacts } from "./model-facts.ts";
import { type ModuleNode, walkModules } from "./module-tree.ts";
import { type OperatorFact, widenedDTypes } from "./operator-facts.ts";
import { formatTable } from "./table.ts";
import type { Style } from "./terminal.ts";

const FACT_COLUMNS = [{ title: "" }, { title: "" }];

function canRun({ verdict: { problem, operators } }: ModelFacts, style: Style): string {
  if (!problem) return style("green", "yes");
  const refused = operators.filter(({ refusals }) => refusals.length > 0).length;
  if (refused === 0) return `${style("red", "no")}: ${problem.code}: ${problem.message}`;
  return `${style("red", "no")}: ${formatPlural(refused, "operator")} cannot run, see below`;
}

function describeBatching({ batchSymbol, verdict }: ModelFacts): string {
  if (verdict.problem) return "unknown";
  return batchSymbol === undefined ? "each request runs alone" : `requests share runs, as rows along ${batchSymbol}`;
}

function head(facts: ModelFacts, style: Style): string {
  const { container, torchVersion = "of unknown version", schemaVersion, dialect } = facts.format;
  const widened = widenedDTypes(facts.verdict.graph);
  const schema = schemaVersion === undefined ? [] : [`export schema ${schemaVersion}`];
  const rows = [
    ["file", `${facts.file}, ${formatBytes(facts.bytes)}`],
    ["format", [container, ...schema, ...(dialect === undefined ? [] : [`dialect ${dialect}`])].join(", ")],
    ["written by", `PyTorch ${torchVersion}`],
    ["runs here", canRun(facts, style)],
    ["batching", describeBatching(facts)],
    ...widened.map((dtype) => [dtype, "computed in float32, and rounded after every operator"]),
    ["sample inputs", facts.hasSampleInputs ? "in the file" : "none"],
  ];
  return formatTable(FACT_COLUMNS, rows);
}

function portRow({ name, value: { type } }: GraphInput, { symbols }: ModelFacts): string[] {
  const shape = type.kind === "tensor" ? describeShape(type.shape, symbols) : "a number";
  return [name, type.dtype, shape];
}

function ports(title: string, values: readonly GraphInput[], facts: ModelFacts): string {
  const columns = [title, "dtype", "shape"].map((name) => ({ title: name }));
  return formatTable(
    columns,
    values.map((value) => portRow(value, facts)),
  );
}

function weights({ weights: totals }: ModelFacts): string {
  const columns = [
    { title: "weights" },
    { title: "dtype" },
    ...["tensors", "elements", "size"].map((title) => ({ title, align: "right" as const })),
  ];
  const rows = totals.map(({ kind, dtype, tensors, elements, bytes }) => {
    return [`${kind}s`, dtype, formatCount(tensors), formatCount(elements), formatBytes(bytes)];
  });
  return rows.length === 0 ? "weights  none\n" : formatTable(columns, rows);
}

function refusalLine({ count, reason, modulePath, source, nearest }: UnsupportedOperator): string {
  const where = modulePath === undefined ? "" : `, first in ${modulePath || "the root module"}`;
  const line = source === undefined ? "" : ` at ${source}`;
  const hint = nearest === undefined ? "" : `; ${nearest} is supported`;
  return `  ${formatPlural(count, "call")}: ${reason}${where}${line}${hint}\n`;
}

/** Whether an operator is supported; undefined when the graph did not get so far that this could be told. */
function isSupported({ refusals }: OperatorFact, { verdict: { problem } }: ModelFacts): boolean | undefined {
  if (refusals.length > 0) return false;
  return problem === undefined || problem.code === "OPERATORS_UNSUPPORTED" ? true : undefined;
}

const SUPPORT: ReadonlyMap<boolean | undefined, string> = new Map([
  [true, "yes"],
  [false, "no"],
  [undefined, "?"],
]);

function operators(facts: ModelFacts, style: Style): string {
  const columns = [{ title: "operator" }, { title: "calls", align: "right" as const }, { title: "supported" }];
  const rows = facts.verdict.operators.map((operator) => {
    const support = SUPPORT.get(isSupported(operator, facts)) ?? "";
    return [operator.target, formatCount(operator.count), support === "no" ? style("red", support) : support];
  });
  const refused = facts.verdict.operators.filter(({ refusals }) => refusals.length > 0);
  const reasons = refused.map(({ target, refusals }) => `\n${target}\n${refusals.map(refusalLine).join("")}`);
  return formatTable(columns, rows) + reasons.join("");
}

function modules({ modules: root }: ModelFacts): string {
  const columns = [{ title: "module" }, { title: "parameters", align: "right" as const }];
  const rows = [...walkModules(root)].map(([{ name, type, parameters }, depth]) => {
    return [`${"  ".repeat(depth)}${name || "(root)"}: ${type}`, formatCount(parameters)];
  });
  return formatTable(columns, rows);
}

/** The facts for people. */
export function factsText(facts: ModelFacts, style: Style): string {
  const parts = [
    head(facts, style),
    ports("input", facts.inputs, facts),
    ports("output", facts.outputs, facts),
    weights(facts),
    operators(facts, style),
    modules(facts),
  ];
  return parts.join("\n");
}

function shapeJson(shape: readonly Dim[]): Json {
  return shape.map((dim) => (typeof dim === "number" ? dim : formatDim(dim)));
}

function portJson({ name, value: { type } }: GraphInput): Json {
  return { name, dtype: type.dtype, shape: type.kind === "tensor" ? shapeJson(type.shape) : undefined };
}

function moduleJson({ path, type, parameters }: ModuleNode): Json {
  return { path, type, parameters };
}

/** The facts for programs. */
export function factsJson(facts: ModelFacts): Json {
  const { problem } = facts.verdict;
  return {
    file: facts.file,
    bytes: facts.bytes,
    format: { ...facts.format },
    runs: problem === undefined,
    problem: problem && { code: problem.code, message: problem.message },
    inputs: facts.inputs.map(portJson),
    outputs: facts.outputs.map(portJson),
    symbols: Object.fromEntries(Object.entries(facts.symbols).map(([name, range]) => [name, { ...range }])),
    batchSymbol: facts.batchSymbol ?? null,
    computedInFloat32: [...widenedDTypes(facts.verdict.graph)],
    sampleInputs: facts.hasSampleInputs,
    weights: facts.weights.map((total) => ({ ...total })),
    operators: facts.verdict.operators.map((operator) => ({
      target: operator.target,
      count: operator.count,
      supported: isSupported(operator, facts) ?? null,
      refusals: operator.refusals.map((refusal) => ({ ...refusal })),
    })),
    modules: [...walkModules(facts.modules)].map(([node]) => moduleJson(node)),
  };
}
