import type { Dim } from "../../../core/index.ts";
import { broadcast, requireSame } from "../broadcast.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";

type Shape = readonly Dim[];

interface Labelled {
  /** One for each axis; the axes of the ellipsis are numbered from its end. */
  readonly labels: readonly string[];
  readonly shape: Shape;
}

const ELLIPSIS = "...";

function labelled(call: InferCall, term: string, shape: Shape): Labelled {
  const [before = "", after] = term.split(ELLIPSIS);
  const covered = shape.length - before.length - (after ?? "").length;
  const isFit = after === undefined ? covered === 0 : covered >= 0;
  if (!isFit) return call.refuse(shape, `the axes of ${term}`);
  const rest = Array.from({ length: covered }, (_, index) => `${covered - index}`);
  return { labels: [...before, ...rest, ...(after ?? "")], shape };
}

function merge(call: InferCall, sizes: Map<string, Dim>, { labels, shape }: Labelled): void {
  for (const [axis, label] of labels.entries()) {
    const [before, size] = [sizes.get(label) ?? 1, shape[axis] ?? 1];
    const [merged = size] = broadcast(call, [[before], [size]]);
    sizes.set(label, merged);
  }
}

/** Without an arrow: the labels that occur once, in alphabetical order, after the ellipsis. */
function implied(operands: readonly Labelled[]): string {
  const all = operands.flatMap(({ labels }) => labels).filter((label) => /\D/.test(label));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  return ELLIPSIS + once.sort().join("");
}

const einsum: InferRule = (call) => {
  const [left = "", right] = call.string("equation").replace(/\s/g, "").split("->");
  const tensors = call.tensors("tensors");
  const terms = left.split(",");
  const operands = tensors.map(({ shape }, index) => labelled(call, terms[index] ?? "", shape));
  const sizes = new Map<string, Dim>();
  for (const operand of operands) merge(call, sizes, operand);
  const dots = [...sizes.keys()].filter((label) => /\d/.test(label)).sort((a, b) => Number(b) - Number(a));
  const result = (right ?? implied(operands)).split(ELLIPSIS).flatMap((part, index) => {
    return index === 0 ? [...part] : [...dots, ...part];
  });
  const shape = result.map((label) => sizes.get(label) ?? call.refuse([], `a size for ${label}`));
  return tensor(tensors[0]?.dtype ?? "float32", shape);
};

/** The axes of both that are summed over must agree, or one of them have size 1. */
const tensordot: InferRule = (call) => {
  const [self, other] = [call.tensor("self"), call.tensor("other")];
  const [own, others] = [call.givenAxes("dims_self", self.shape), call.givenAxes("dims_other", other.shape)];
  for (const [index, axis] of own.entries()) {
    const [a, b] = [self.shape[axis] ?? 1, other.shape[others[index] ?? 0] ?? 1];
    if (a !== 1 && b !== 1) requireSame(call, a, b, self.shape, "sizes that agree");
  }
  const rest = (shape: Shape, axes: readonly number[]) => shape.filter((_, axis) => !axes.includes(axis));
  return tensor(self.dtype, [...rest(self.shape, own), ...rest(other.shape, others)]);
};

export const EINSUM: InferRules = { einsum, tensordot };
