import { type Dim, evaluateDim, type SymbolRange, symbolsOf } from "../../../src/core/index.ts";
import {
  type Argument,
  formatType,
  type Graph,
  inferTypes,
  type Node,
  type ScalarType,
  type TensorType,
  type Value,
  type ValueType,
} from "../../../src/graph/index.ts";

type Symbols = Readonly<Record<string, SymbolRange>>;

const FRESH = "fresh";
const SAMPLES = [12, 24, 60];

/** Different values for different symbols, each within its range. */
function valuesOf(names: readonly string[], symbols: Symbols, sample: number): ReadonlyMap<string, number> {
  return new Map(
    names.map((name, index) => {
      const { min = 0, max = Number.POSITIVE_INFINITY } = symbols[name] ?? {};
      return [name, Math.min(max, Math.max(min, sample * (index + 1)))];
    }),
  );
}

const isFresh = (dim: Dim): boolean => symbolsOf(dim).some((name) => name.startsWith(FRESH));

function sameDim(inferred: Dim, recorded: Dim, symbols: Symbols): boolean {
  if (inferred === recorded || isFresh(inferred)) return true;
  const names = [...new Set([...symbolsOf(inferred), ...symbolsOf(recorded)])];
  return SAMPLES.every((sample) => {
    const values = valuesOf(names, symbols, sample);
    const wanted = evaluateDim(recorded, values);
    return wanted === undefined || evaluateDim(inferred, values) === wanted;
  });
}

function sameTensor(inferred: TensorType, recorded: TensorType, symbols: Symbols): boolean {
  if (inferred.dtype !== recorded.dtype || inferred.shape.length !== recorded.shape.length) return false;
  if (!inferred.shape.every((dim, axis) => sameDim(dim, recorded.shape[axis] ?? -1, symbols))) return false;
  const { contiguous } = inferred;
  return contiguous === undefined || recorded.contiguous === undefined || contiguous === recorded.contiguous;
}

function sameScalar(inferred: ScalarType, recorded: ScalarType, symbols: Symbols): boolean {
  if (inferred.dtype !== recorded.dtype) return false;
  return inferred.dim === undefined || recorded.dim === undefined || sameDim(inferred.dim, recorded.dim, symbols);
}

function sameType(inferred: ValueType | null | undefined, recorded: Value | null, symbols: Symbols): boolean {
  if (recorded === null) return true;
  const { type } = recorded;
  if (inferred?.kind === "tensor" && type.kind === "tensor") return sameTensor(inferred, type, symbols);
  return inferred?.kind === "scalar" && type.kind === "scalar" && sameScalar(inferred, type, symbols);
}

function infer(node: Node, args: Node["args"]): readonly (ValueType | null)[] | undefined {
  let count = 0;
  return inferTypes(node.target, args, { symbol: () => ({ op: "symbol", name: `${FRESH}${count++}` }) });
}

/** The file does not tell 2.0 from 2. */
function withFloats(args: Node["args"]): Node["args"] {
  const asFloat = (arg: Argument): Argument =>
    typeof arg === "number" ? { value: { name: "float", type: { kind: "scalar", dtype: "float64" } } } : arg;
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, asFloat(arg)]));
}

function isEqual(inferred: readonly (ValueType | null)[], node: Node, symbols: Symbols): boolean {
  const { outputs } = node;
  return (
    inferred.length === outputs.length && outputs.every((value, index) => sameType(inferred[index], value, symbols))
  );
}

const describe = (types: readonly (ValueType | null)[]): string =>
  types
    .map((type) =>
      type === null ? "None" : `${formatType(type)}${type.kind === "tensor" ? ` ${type.contiguous}` : ""}`,
    )
    .join(", ");

/** What differs between the inferred and the recorded types of a node; undefined when nothing does. */
export function typeDifference(node: Node, { symbols }: Pick<Graph, "symbols">): string | undefined {
  try {
    const inferred = infer(node, node.args);
    if (inferred === undefined) return "has no rule";
    if (isEqual(inferred, node, symbols)) return undefined;
    const again = attempt(node);
    if (again !== undefined && isEqual(again, node, symbols)) return undefined;
    const recorded = node.outputs.map((value) => value?.type ?? null);
    return `gives ${describe(inferred)} instead of ${describe(recorded)}`;
  } catch (error) {
    return `fails: ${(error as Error).message}`;
  }
}

function attempt(node: Node): readonly (ValueType | null)[] | undefined {
  try {
    return infer(node, withFloats(node.args));
  } catch {
    return undefined;
  }
}
