import { PURE_NAMESPACES } from "../dead-code.ts";
import { type Graph, type Node, type Value, valuesIn } from "../types.ts";
import { BatchCall } from "./batch-call.ts";
import { CREATION_RULES } from "./creation-rules.ts";
import { INDEX_RULES } from "./index-rules.ts";
import { MATRIX_RULES } from "./matrix-rules.ts";
import { NETWORK_RULES } from "./network-rules.ts";
import { POINTWISE_RULES } from "./pointwise-rules.ts";
import { REDUCTION_RULES } from "./reduction-rules.ts";
import { fits, isSingle, mentions, plainRows, type Rows } from "./rows.ts";
import type { BatchRule, Outcome } from "./rule.ts";
import { SHAPE_RULES } from "./shape-rules.ts";

/** By name with overload (`max.other`) where overloads differ, else by name. */
const RULES: ReadonlyMap<string, BatchRule> = new Map([
  ...POINTWISE_RULES,
  ...SHAPE_RULES,
  ...REDUCTION_RULES,
  ...MATRIX_RULES,
  ...NETWORK_RULES,
  ...INDEX_RULES,
  ...CREATION_RULES,
]);

/** These give sizes of tensors, not what is in them. */
const SIZES: ReadonlySet<string> = new Set([
  "sym_size",
  "sym_numel",
  "sym_stride",
  "sym_storage_offset",
  "size",
  "stride",
  "numel",
  "dim",
]);

/** Follows the rows of a batch through a graph. */
class RowFollower {
  readonly symbol: string;
  readonly rows: Map<Value, Rows> = new Map();
  /** Scalars that depend on the number of rows. */
  readonly sizes: Set<Value> = new Set();

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** Whether the rows of all inputs stay apart up to all outputs. */
  run({ inputs, nodes, outputs }: Graph): boolean {
    for (const { value } of inputs) if (!this.#give(value, plainRows(0))) return false;
    return nodes.every((node) => this.#follow(node)) && outputs.every(({ value }) => this.#isBatch(value));
  }

  /** Notes the rows of a value, if its type agrees. */
  #give(value: Value, rows: Rows): boolean {
    if (value.type.kind !== "tensor" || !fits(rows, value.type.shape, this.symbol)) return false;
    this.rows.set(value, rows);
    return true;
  }

  #isBatch(value: Value): boolean {
    const rows = this.rows.get(value);
    return rows?.axis === 0 && isSingle(rows) && !rows.areNumbers;
  }

  #follow(node: Node): boolean {
    const [namespace, name = "", overload] = node.target.split(".");
    const used = Object.values(node.args).flatMap(valuesIn);
    if (PURE_NAMESPACES.has(namespace ?? "") || SIZES.has(name)) return this.#scalars(node, used);
    if (!used.some((value) => this.rows.has(value) || this.sizes.has(value))) return this.#untouched(node);
    const rule =
      namespace === "aten" || namespace === "complex"
        ? (RULES.get(`${name}.${overload}`) ?? RULES.get(name))
        : undefined;
    const call = new BatchCall(node, this);
    return rule !== undefined && this.#mayTake(rule, call, used) && this.#results(node, rule.follow(call));
  }

  /** The rule must know what to do with everything that depends on the rows. */
  #mayTake(rule: BatchRule, call: BatchCall, used: readonly Value[]): boolean {
    if (!rule.takesSizes && used.some((value) => this.sizes.has(value))) return false;
    return [...call.all()].every(([parameter, { rows }]) => {
      if (rows === undefined) return true;
      const isKnown = rule.parameters === undefined || rule.parameters.includes(parameter);
      return isKnown && (rule.takesNumbers === true || !rows.areNumbers);
    });
  }

  #results({ outputs }: Node, outcome: Outcome): boolean {
    if (outcome === undefined) return false;
    return outputs.every((output, index) => {
      if (output === null) return true;
      const result = Array.isArray(outcome) ? outcome[index] : outcome;
      return result === "none" ? this.#isIndependent(output) : result !== undefined && this.#give(output, result);
    });
  }

  #untouched({ outputs }: Node): boolean {
    return outputs.every((output) => output === null || this.#isIndependent(output));
  }

  #isIndependent({ type }: Value): boolean {
    const dims = type.kind === "tensor" ? type.shape : type.dim === undefined ? [] : [type.dim];
    return !dims.some((dim) => mentions(dim, this.symbol));
  }

  #scalars(node: Node, used: readonly Value[]): boolean {
    for (const output of node.outputs) {
      if (output === null || output.type.kind !== "scalar") continue;
      const { dim } = output.type;
      const depends = dim === undefined ? used.some((value) => this.#hasSize(value)) : mentions(dim, this.symbol);
      if (depends) this.sizes.add(output);
    }
    return true;
  }

  #hasSize(value: Value): boolean {
    return value.type.kind === "scalar"
      ? this.sizes.has(value)
      : value.type.shape.some((dim) => mentions(dim, this.symbol));
  }
}

/**
 * The symbol that is axis 0 of every input and every output of a normalized graph, when it is certain that what comes
 * out for a row follows from that row alone; undefined otherwise. What is not known to keep rows apart counts as mixing.
 */
export function batchSymbol(graph: Graph): string | undefined {
  const type = graph.inputs[0]?.value.type;
  const dim = type?.kind === "tensor" ? type.shape[0] : undefined;
  if (typeof dim !== "object" || dim.op !== "symbol" || graph.outputs.length === 0) return undefined;
  return new RowFollower(dim.name).run(graph) ? dim.name : undefined;
}
