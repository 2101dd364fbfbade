import type { Schema } from "./schema.ts";
import { type Argument, isValueRef, type Node, type TensorType, type Value } from "./types.ts";

/**
 * What PyTorch's result shares with an argument: nothing, the tensor itself, its memory seen unchanged, its memory seen
 * through a view, or one of these and the file does not tell which.
 */
export type Sharing = "nothing" | "itself" | "memory" | "view" | "doubtful";

export interface Aliasing {
  readonly sharing: Sharing;
  /** The parameter that takes `source`. */
  readonly parameter: string;
  readonly source: Value;
}

type Args = Readonly<Record<string, Argument>>;
type Rule = (args: Args, self: TensorType, result: TensorType) => Sharing;

const itself: Rule = () => "itself";
const memory: Rule = () => "memory";
const view: Rule = () => "view";
const doubtful: Rule = () => "doubtful";

/** A copy is row-major; a view of what is not row-major is not either, because it walks the elements in the same order. */
const viewWherePossible: Rule = (_args, self, result) => {
  if (self.contiguous === true || result.contiguous === false) return "view";
  return self.contiguous === false && result.contiguous === true ? "nothing" : "doubtful";
};

/** One axis alone is the tensor itself. */
const flattened: Rule = (args, self, result) => {
  const rank = self.shape.length;
  const [start, end] = [args["start_dim"], args["end_dim"]].map((dim) => (Number(dim) + rank) % rank);
  return start === end ? "itself" : viewWherePossible(args, self, result);
};

const withAxes =
  (count: number): Rule =>
  (args, self, result) =>
    self.shape.length >= count ? "itself" : viewWherePossible(args, self, result);

const contiguous: Rule = (args, self) => {
  if (args["memory_format"] !== "contiguous_format" || self.contiguous === undefined) return "doubtful";
  return self.contiguous ? "itself" : "nothing";
};

const keepsLayout = (format: Argument | undefined): boolean => format == null || format === "preserve_format";

/** Between devices `to` copies, and the graph does not know which device a tensor was on. */
const converted: Rule = (args, self, result) => {
  if (self.dtype !== result.dtype || args["copy"] === true) return "nothing";
  const isSure = args["device"] == null && args["other"] == null && keepsLayout(args["memory_format"]);
  return isSure ? "itself" : "doubtful";
};

const dropped: Rule = (args) => (args["train"] === false || args["p"] === 0 ? "itself" : "nothing");

const singleOperand: Rule = (args) => {
  const { tensors } = args;
  return Array.isArray(tensors) && tensors.length === 1 ? "doubtful" : "nothing";
};

/** By operator name; operators that are not here share what their schema says. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["alias", memory],
  ["detach", memory],
  ["lift_fresh", itself],
  ["positive", itself],
  ["resolve_conj", itself],
  ["resolve_neg", itself],
  ["requires_grad_", itself],
  ["contiguous", contiguous],
  ["to", converted],
  ["type_as", converted],
  ["dropout", dropped],
  ["alpha_dropout", dropped],
  ["feature_dropout", dropped],
  ["feature_alpha_dropout", dropped],
  ["reshape", viewWherePossible],
  ["reshape_as", viewWherePossible],
  ["flatten", flattened],
  ["ravel", viewWherePossible],
  ["atleast_1d", withAxes(1)],
  ["atleast_2d", withAxes(2)],
  ["atleast_3d", withAxes(3)],
  ["_unsafe_view", view],
  ["unsafe_split", view],
  ["unsafe_split_with_sizes", view],
  ["unsafe_chunk", view],
  ["channel_shuffle", doubtful],
  ["conj_physical", doubtful],
  ["meshgrid", doubtful],
  ["broadcast_tensors", doubtful],
  ["einsum", singleOperand],
]);

function sharesBySchema(schema: Schema): boolean {
  return schema.returns.some(({ alias }) => alias !== undefined && !alias.write);
}

/** What result `index` of `node` shares with which argument; undefined when it is fresh memory. */
export function aliasingOf(node: Node, schema: Schema, index: number): Aliasing | undefined {
  const rule = RULES.get(schema.name) ?? (sharesBySchema(schema) ? view : undefined);
  const parameter = schema.parameters.find(({ type }) => type.base === "Tensor")?.name;
  if (rule === undefined || parameter === undefined) return undefined;
  const arg = node.args[parameter];
  const source = Array.isArray(arg) ? arg[index] : arg;
  const result = node.outputs[index]?.type;
  if (!isValueRef(source) || source.value.type.kind !== "tensor" || result?.kind !== "tensor") return undefined;
  return { sharing: rule(node.args, source.value.type, result), parameter, source: source.value };
}
