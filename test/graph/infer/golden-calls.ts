import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Dim, DType } from "../../../src/core/index.ts";
import { type Argument, type Node, schemaOf, type Value, type ValueType } from "../../../src/graph/index.ts";

interface TensorEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly contiguous: boolean;
}

/** A tensor, a float, a list, or what is written as it is. */
type Entry = null | boolean | number | string | TensorEntry | { readonly float: string } | readonly Entry[];

interface GoldenCall {
  readonly target: string;
  readonly args: Readonly<Record<string, Entry>>;
  readonly results: readonly Entry[];
}

const FILE = new URL("../../fixtures/graph/inference.json.gz", import.meta.url);

function readCalls(): readonly GoldenCall[] {
  const text = gunzipSync(readFileSync(FILE)).toString();
  return text.split("\n").map((line) => JSON.parse(line) as GoldenCall);
}

type ToDim = (size: number) => Dim;

function asValue(type: ValueType): Value {
  return { name: "value", type };
}

function typeOf(entry: Entry, toDim: ToDim): ValueType | null {
  if (typeof entry === "boolean") return { kind: "scalar", dtype: "bool" };
  if (typeof entry === "number") return { kind: "scalar", dtype: "int64", dim: entry };
  if (typeof entry !== "object" || entry === null) return null;
  if ("float" in entry) return { kind: "scalar", dtype: "float64" };
  if (!("shape" in entry)) return null;
  const { dtype, shape, contiguous } = entry;
  return { kind: "tensor", dtype, shape: shape.map(toDim), contiguous };
}

/** A float that stands for a tensor or a number of any kind is a value whose type says so: 2.0 is not 2. */
function toFloat(value: number, isAnyNumber: boolean): Argument {
  return isAnyNumber ? { value: asValue({ kind: "scalar", dtype: "float64" }) } : value;
}

function toArgument(entry: Entry, toDim: ToDim, isAnyNumber: boolean): Argument {
  if (Array.isArray(entry)) return entry.map((item: Entry) => toArgument(item, toDim, isAnyNumber));
  if (typeof entry !== "object" || entry === null) return entry as Argument;
  if ("float" in entry) return toFloat(Number(entry.float), isAnyNumber);
  const type = typeOf(entry, toDim);
  return type && { value: asValue(type) };
}

function toNode({ target, args, results }: GoldenCall, toDim: ToDim): Node {
  const isAnyNumber = (name: string) =>
    schemaOf(target)?.parameters.some(
      (parameter) => parameter.name === name && ["Scalar", "Tensor"].includes(parameter.type.base),
    ) ?? false;
  const named = Object.entries(args).map(
    ([name, entry]) => [name, toArgument(entry, toDim, isAnyNumber(name))] as const,
  );
  const outputs = results.map((entry) => typeOf(entry, (size) => size)).map((type) => type && asValue(type));
  return { target, args: Object.fromEntries(named), outputs };
}

/** Calls of operators with what PyTorch gave; `toDim` says how the sizes of arguments are told. */
export function goldenCalls(toDim: ToDim = (size) => size): readonly Node[] {
  return readCalls().map((call) => toNode(call, toDim));
}
