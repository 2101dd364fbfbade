import type { TensorLocation } from "../../core/index.ts";
import { GraphRewriter } from "../rewriter.ts";
import {
  type Graph,
  mapArguments,
  mapSubgraphs,
  type Node,
  type Origin,
  subgraphsOf,
  type Value,
  valuesIn,
  type Weight,
} from "../types.ts";
import { ComplexCall } from "./complex-call.ts";
import type { ComplexResult, ComplexRules } from "./complex-rule.ts";
import { type Parts, RealMath } from "./real-math.ts";
import { isComplex, pairType, realDType, realType, tensorType } from "./real-type.ts";
import { MATRIX } from "./rules-matrix.ts";
import { PARTWISE } from "./rules-partwise.ts";
import { POINTWISE } from "./rules-pointwise.ts";
import { SPECTRAL } from "./rules-spectral.ts";

const RULES: ComplexRules = { ...PARTWISE, ...POINTWISE, ...MATRIX, ...SPECTRAL };

/** These are computed by way of complex numbers even where none is seen. */
const INWARDLY: ReadonlySet<string> = new Set(["aten.stft.default"]);

/** The operators that run on complex numbers or by way of them. */
export const COMPLEX_TARGETS: readonly string[] = Object.keys(RULES);

/** What is put around the calls that have no rule: lowering refuses the call and passes over these. */
export const JOIN = "complex.join.default";
export const PART = "complex.part.default";

function valuesOf({ args, outputs }: Node): readonly Value[] {
  return [...Object.values(args).flatMap(valuesIn), ...outputs.filter((value) => value !== null)];
}

/** Whether a call takes or gives complex numbers. */
export function touchesComplex(node: Node): boolean {
  return valuesOf(node).some(isComplex);
}

function isAffected(graph: Graph): boolean {
  const { inputs, weights, nodes } = graph;
  if ([...inputs, ...weights].some(({ value }) => isComplex(value))) return true;
  return nodes.some((node) => touchesComplex(node) || INWARDLY.has(node.target) || subgraphsOf(node).some(isAffected));
}

/** The same bytes as pairs of real numbers. */
function pairLocation({ storage, dtype, shape, strides, storageOffset }: TensorLocation): TensorLocation {
  return {
    storage,
    dtype: realDType(dtype),
    shape: [...shape, 2],
    strides: [...strides.map((stride) => 2 * stride), 1],
    storageOffset: 2 * storageOffset,
  };
}

class ComplexSplitter {
  readonly #graph: Graph;
  readonly #rewriter: GraphRewriter;
  readonly #parts = new Map<Value, Parts>();
  /** What real results have become. */
  readonly #replaced = new Map<Value, Value>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#rewriter = new GraphRewriter(graph);
  }

  run(): Graph {
    const { inputs, weights, nodes, outputs } = this.#graph;
    const pairedInputs = inputs.map((input) => ({ ...input, value: this.#pairs(input.value) }));
    const pairedWeights = weights.map((weight) => this.#weight(weight));
    for (const node of nodes) this.#node(node);
    const pairedOutputs = outputs.map(({ name, value }) => ({ name, value: this.#output(value) }));
    return {
      ...this.#graph,
      inputs: pairedInputs,
      weights: pairedWeights,
      nodes: this.#rewriter.nodes,
      outputs: pairedOutputs,
    };
  }

  #math(origin: Origin | undefined, like: Value): RealMath {
    return new RealMath(this.#rewriter, origin, tensorType(like.type));
  }

  /** The pairs that stand for a value from outside. */
  #pairs(value: Value): Value {
    if (!isComplex(value)) return value;
    const pairs = { name: value.name, type: pairType(tensorType(value.type)) };
    this.#parts.set(value, this.#math(undefined, value).parts(pairs));
    return pairs;
  }

  #weight(weight: Weight): Weight {
    if (!isComplex(weight.value)) return weight;
    return { ...weight, value: this.#pairs(weight.value), location: pairLocation(weight.location) };
  }

  #output(value: Value): Value {
    return isComplex(value) ? this.#paired(value, undefined) : this.#read(value);
  }

  #read(value: Value): Value {
    return this.#replaced.get(value) ?? value;
  }

  #partsOf(value: Value): Parts {
    const known = this.#parts.get(value);
    if (known) return known;
    const part = (index: number) =>
      this.#rewriter.call(
        { target: PART, args: { self: { value }, index } },
        realType(tensorType(value.type)),
        undefined,
      );
    const parts = { real: part(0), imaginary: part(1) };
    this.#parts.set(value, parts);
    return parts;
  }

  #node(node: Node): void {
    const current = { ...node, args: mapArguments(node.args, (value) => this.#read(value)) };
    if (subgraphsOf(node).length > 0) {
      this.#withSubgraphs(current);
      return;
    }
    if (!touchesComplex(current) && !INWARDLY.has(node.target)) {
      this.#rewriter.keep(current);
      return;
    }
    const call = new ComplexCall(current, { rewriter: this.#rewriter, parts: (value) => this.#partsOf(value) });
    const given = RULES[node.target]?.(call);
    const results = given === undefined || isMany(given) ? given : [given];
    if (results && fits(node, results)) this.#bind(node, results);
    else this.#keepWhole(current);
  }

  /** Graphs take and give pairs, as the model does. */
  #withSubgraphs(node: Node): void {
    const args = mapArguments(node.args, (value) => (isComplex(value) ? this.#paired(value, node.origin) : value));
    const outputs = node.outputs.map((output) => output && this.#pairsOfResult(output));
    this.#rewriter.keep({ ...mapSubgraphs({ ...node, args }, splitComplex), outputs });
    for (const [i, output] of node.outputs.entries()) {
      const pairs = outputs[i];
      if (output && pairs && isComplex(output)) {
        this.#parts.set(output, this.#math(node.origin, output).parts(pairs));
      }
    }
  }

  #paired(value: Value, origin: Origin | undefined): Value {
    return this.#math(origin, value).pairs(this.#partsOf(value));
  }

  #pairsOfResult(output: Value): Value {
    return isComplex(output) ? { name: output.name, type: pairType(tensorType(output.type)) } : output;
  }

  #bind({ outputs }: Node, results: readonly ComplexResult[]): void {
    for (const [i, output] of outputs.entries()) {
      const result = results[i];
      if (!output || !result) continue;
      if ("real" in result) this.#parts.set(output, result);
      else this.#replaced.set(output, result);
    }
  }

  /** A call without a rule stays, with its arguments put together again, so that it is refused by its name. */
  #keepWhole(node: Node): void {
    const joined = (value: Value) => {
      const parts = this.#parts.get(value);
      if (!parts) return value;
      const args = { real: { value: parts.real }, imaginary: { value: parts.imaginary } };
      return this.#rewriter.call({ target: JOIN, args }, value.type, node.origin);
    };
    this.#rewriter.keep({ ...node, args: mapArguments(node.args, joined) });
  }
}

/** Whether there are parts for every complex result, and a tensor for every other. */
function fits({ outputs }: Node, results: readonly ComplexResult[]): boolean {
  return outputs.every((output, i) => {
    const result = results[i];
    return output === null || (result ? isComplex(output) === "real" in result : false);
  });
}

function isMany(results: ComplexResult | readonly ComplexResult[]): results is readonly ComplexResult[] {
  return Array.isArray(results);
}

/**
 * Replaces complex tensors by pairs of real ones: inputs, outputs and weights by tensors with a last axis of 2, what is
 * between by a tensor for each part. The graph must have no operators in place. Calls that have no rule stay.
 */
export function splitComplex(graph: Graph): Graph {
  return isAffected(graph) ? new ComplexSplitter(graph).run() : graph;
}
