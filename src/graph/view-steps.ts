import type { ViewStep } from "./memory.ts";
import type { Call } from "./rewriter.ts";
import { type Argument, isValueRef, type Node, type Value } from "./types.ts";

type Args = Readonly<Record<string, Argument>>;
type Inverse = (base: Value, written: Value) => Call;
/** Makes the inverse of a view that was taken with `args`; undefined where there is none. */
type InverseRule = (args: Args, target: string) => Inverse | undefined;

const INT64_MAX = 2n ** 63n - 1n;

const reshapeBack: InverseRule = () => (base, written) => ({
  target: "aten.reshape_as.default",
  args: { self: { value: written }, other: { value: base } },
});

/** Swapping twice gives the original. */
const same: InverseRule = (args, target) => (_, written) => ({
  target,
  args: { ...args, self: { value: written } },
});

const permuteBack: InverseRule = (args) => {
  const { dims } = args;
  if (!Array.isArray(dims) || !dims.every((dim: Argument) => typeof dim === "number")) return undefined;
  const axes = dims.map((dim: number) => (dim < 0 ? dim + dims.length : dim));
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return (_, written) => ({ target: "aten.permute.default", args: { self: { value: written }, dims: inverse } });
};

const moveBack: InverseRule = (args, target) => {
  const { source, destination } = args;
  if (source === undefined || destination === undefined) return undefined;
  return (_, written) => ({
    target,
    args: { self: { value: written }, source: destination, destination: source },
  });
};

/** Writes into the place that an operator with the same further arguments read. */
const scatter =
  (target: string): InverseRule =>
  (place) =>
  (base, written) => ({ target, args: { ...place, self: { value: base }, src: { value: written } } });

const sliceBack = scatter("aten.slice_scatter.default");

const narrowBack: InverseRule = (args, target) => {
  const { dim, start, length } = args;
  if (dim === undefined || typeof start !== "number" || typeof length !== "number") return undefined;
  const reachesEnd = start < 0 && start + length === 0;
  return sliceBack({ dim, start, end: reachesEnd ? INT64_MAX : start + length, step: 1 }, target);
};

const turnBack =
  (target: string): InverseRule =>
  () =>
  (_, written) => ({ target, args: { self: { value: written } } });

/** By operator name; the views of other operators can be read but not written through. */
const INVERSES: ReadonlyMap<string, InverseRule> = new Map<string, InverseRule>([
  ["view", reshapeBack],
  ["view_as", reshapeBack],
  ["_unsafe_view", reshapeBack],
  ["_reshape_alias", reshapeBack],
  ["reshape", reshapeBack],
  ["reshape_as", reshapeBack],
  ["flatten", reshapeBack],
  ["unflatten", reshapeBack],
  ["ravel", reshapeBack],
  ["squeeze", reshapeBack],
  ["unsqueeze", reshapeBack],
  ["atleast_1d", reshapeBack],
  ["atleast_2d", reshapeBack],
  ["atleast_3d", reshapeBack],
  ["transpose", same],
  ["swapaxes", same],
  ["swapdims", same],
  ["t", same],
  ["mT", same],
  ["numpy_T", same],
  ["permute", permuteBack],
  ["movedim", moveBack],
  ["moveaxis", moveBack],
  ["select", scatter("aten.select_scatter.default")],
  ["slice", sliceBack],
  ["narrow", narrowBack],
  ["diagonal", scatter("aten.diagonal_scatter.default")],
  ["view_as_real", turnBack("aten.view_as_complex.default")],
  ["view_as_complex", turnBack("aten.view_as_real.default")],
]);

/** Views that reinterpret the bytes rather than the shape. */
const UNWRITABLE: ReadonlySet<string> = new Set(["aten.view.dtype"]);

const always = (): boolean => true;

/** Views in which an element of memory may be seen more than once, by operator name, and whether it is. */
const OVERLAPPING: ReadonlyMap<string, (args: Args) => boolean> = new Map([
  ["expand", always],
  ["expand_as", always],
  ["broadcast_to", always],
  ["as_strided", always],
  ["unfold", ({ size, step }: Args) => !(Number(size) <= Number(step))],
]);

function sizeAlong(axis: number, value: Value | null): number | undefined {
  const size = value?.type.kind === "tensor" ? value.type.shape[axis] : undefined;
  return typeof size === "number" ? size : undefined;
}

/** Where result `index` of a split begins along `axis`; undefined when not known in numbers. */
function pieceStart(outputs: Node["outputs"], axis: number, index: number): number | undefined {
  return outputs
    .slice(0, index)
    .map((value) => sizeAlong(axis, value))
    .reduce<number | undefined>((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
}

/** The slice that is result `index` of a split. */
function splitPiece({ args, outputs }: Node, base: Value, index: number): Call | undefined {
  const { dim = 0 } = args;
  if (typeof dim !== "number" || base.type.kind !== "tensor") return undefined;
  const axis = dim < 0 ? dim + base.type.shape.length : dim;
  const start = pieceStart(outputs, axis, index);
  const size = sizeAlong(axis, outputs[index] ?? null);
  if (start === undefined) return undefined;
  const isLast = index === outputs.length - 1;
  if (size === undefined && !isLast) return undefined;
  const end = size === undefined ? INT64_MAX : start + size;
  return { target: "aten.slice.Tensor", args: { dim: axis, start, end, step: 1 } };
}

const unboundPiece = ({ args }: Node, _base: Value, index: number): Call => ({
  target: "aten.select.int",
  args: { dim: args["dim"] ?? 0, index },
});

/** One result of an operator with many, as a call that takes it alone. */
const PIECES: ReadonlyMap<string, (node: Node, base: Value, index: number) => Call | undefined> = new Map([
  ["split", splitPiece],
  ["split_with_sizes", splitPiece],
  ["unsafe_split", splitPiece],
  ["unsafe_split_with_sizes", splitPiece],
  ["chunk", splitPiece],
  ["unsafe_chunk", splitPiece],
  ["tensor_split", splitPiece],
  ["unbind", unboundPiece],
]);

function nameOf(target: string): string {
  return target.split(".")[1] ?? target;
}

/** How result `index` of `node` follows from its argument `self`, and how a write to that result changes `self`. */
export function viewStep(node: Node, self: string, index: number): ViewStep {
  const base = node.args[self];
  const piece = PIECES.get(nameOf(node.target));
  const call = piece && isValueRef(base) ? piece(node, base.value, index) : node;
  if (call === undefined) return { target: node.target };
  const { target, args } = call;
  return {
    target: node.target,
    forward: (value) => ({ target, args: { ...args, [self]: { value } } }),
    overlaps: OVERLAPPING.get(nameOf(target))?.(args) ?? false,
    inverse: UNWRITABLE.has(target) ? undefined : INVERSES.get(nameOf(target))?.(args, target),
  };
}
