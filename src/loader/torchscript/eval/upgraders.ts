import { DTYPES } from "../../../core/index.ts";
import { type EvalValue, TensorValue } from "./values.ts";

/** A call of an operator by an archive that was written before the operator changed. */
interface OldCall {
  readonly args: readonly EvalValue[];
  readonly keywords: ReadonlyMap<string, EvalValue>;
}

interface Upgrader {
  /** Archives of versions before this one mean the older operator. */
  readonly before: number;
  readonly upgrade: (call: OldCall) => OldCall;
}

function isWhole(value: EvalValue | undefined): boolean {
  if (value instanceof TensorValue) return DTYPES[value.type.dtype].category === "int" || value.type.dtype === "bool";
  return typeof value === "bigint" || typeof value === "boolean";
}

/** Whole numbers were divided towards zero. */
const division: Upgrader = {
  before: 4,
  upgrade: (call) => {
    if (!call.args.slice(0, 2).every(isWhole) || call.keywords.has("rounding_mode")) return call;
    return { ...call, keywords: new Map([...call.keywords, ["rounding_mode", "trunc"]]) };
  },
};

/** A whole number filled a float tensor. */
const filled: Upgrader = {
  before: 5,
  upgrade: (call) => {
    const hasDType = (call.keywords.get("dtype") ?? call.args[2] ?? null) !== null;
    return hasDType || !isWhole(call.args[1])
      ? call
      : { ...call, keywords: new Map([...call.keywords, ["dtype", 6n]]) };
  },
};

/** `steps` could be left out. */
const spaced = (before: number): Upgrader => ({
  before,
  upgrade: (call) => {
    const steps = call.args[2] ?? call.keywords.get("steps") ?? null;
    if (steps !== null) return call;
    const [start = null, end = null, , ...rest] = call.args;
    return { ...call, args: [start, end, 100n, ...rest] };
  },
});

/** https://github.com/pytorch/pytorch/blob/main/caffe2/serialize/versions.h */
const UPGRADERS: ReadonlyMap<string, Upgrader> = new Map([
  ["div", division],
  ["div_", division],
  ["full", filled],
  ["linspace", spaced(8)],
  ["logspace", spaced(9)],
]);

/** The call as today's operators understand it. */
export function upgraded(name: string, version: number, call: OldCall): OldCall {
  const upgrader = UPGRADERS.get(name);
  return upgrader && version < upgrader.before ? upgrader.upgrade(call) : call;
}
