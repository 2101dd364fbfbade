import { type Dim, DTYPES, formatShape } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { requireSame } from "../broadcast.ts";
import { elementCount, floorDivide, minus, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { permutedOrder, selectedOrder } from "../order.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

type Shape = readonly Dim[];

function isNumber(dim: Dim): dim is number {
  return typeof dim === "number";
}

/** `sizes` with the size that is -1 computed from the rest. @throws RelayError INPUT_SHAPE when the elements do not fit. */
export function reshaped(call: InferCall, shape: Shape, sizes: Shape): Shape {
  const total = elementCount(shape);
  const known = sizes.filter((size) => size !== -1);
  const place = elementCount(known);
  const refuse = () => call.refuse(shape, `what fits ${formatShape(sizes)}`);
  if (sizes.length === known.length) {
    const difference = minus(total, place);
    return isNumber(difference) && difference !== 0 ? refuse() : sizes;
  }
  if (sizes.length - known.length > 1 || place === 0) return refuse();
  const missing = floorDivide(total, place);
  const isOff = isNumber(missing) && isNumber(total) && isNumber(place) && missing * place !== total;
  return isOff ? refuse() : sizes.map((size) => (size === -1 ? missing : size));
}

/** Of what is not row-major, a view is not either, but a copy is. */
function viewOrCopy({ contiguous }: TensorType): true | undefined {
  return contiguous === true ? true : undefined;
}

function viewed(sizesOf: (call: InferCall, self: TensorType) => Shape): InferRule {
  return (call) => {
    const self = call.tensor("self");
    return tensor(self.dtype, reshaped(call, self.shape, sizesOf(call, self)), self.contiguous);
  };
}

function regrouped(sizesOf: (call: InferCall, self: TensorType) => Shape): InferRule {
  return (call) => {
    const self = call.tensor("self");
    return tensor(self.dtype, reshaped(call, self.shape, sizesOf(call, self)), viewOrCopy(self));
  };
}

const flattened = regrouped((call, { shape }) => {
  const [start, end] = [call.axis("start_dim", shape), call.axis("end_dim", shape)];
  if (shape.length === 0) return [1];
  if (start > end) return call.refuse(shape, "a tensor whose first axis to flatten comes before the last");
  return [...shape.slice(0, start), elementCount(shape.slice(start, end + 1)), ...shape.slice(end + 1)];
});

const unflattened = viewed((call, { shape }) => {
  const axis = call.axis("dim", shape);
  const sizes = reshaped(call, [shape[axis] ?? 1], call.sizes("sizes"));
  return [...shape.slice(0, axis), ...sizes, ...shape.slice(axis + 1)];
});

const permuted =
  (axesOf: (call: InferCall, self: TensorType) => readonly number[]): InferRule =>
  (call) => {
    const self = call.tensor("self");
    const axes = axesOf(call, self);
    const isPermutation = axes.length === self.shape.length && new Set(axes).size === axes.length;
    if (!isPermutation) return call.refuse(self.shape, `a tensor of ${axes.length} axes, each named once`);
    const shape = axes.map((axis) => self.shape[axis] ?? 1);
    return tensor(self.dtype, shape, permutedOrder(self, axes));
  };

function swapped(rank: number, a: number, b: number): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return rank === 0 ? axes : axes.with(a, b).with(b, a);
}

const transposed = (first: string, second: string): InferRule =>
  permuted((call, { shape }) => swapped(shape.length, call.axis(first, shape), call.axis(second, shape)));

const lastSwapped = permuted((call, { shape }) => {
  if (shape.length < 2) return call.refuse(shape, "a tensor with two axes or more");
  return swapped(shape.length, shape.length - 2, shape.length - 1);
});

const matrixTransposed = permuted((call, { shape }) => {
  if (shape.length > 2) return call.refuse(shape, "a tensor with at most two axes");
  return [...shape.keys()].reverse();
});

const reversed = permuted((_, { shape }) => [...shape.keys()].reverse());

const moved = permuted((call, { shape }) => {
  const [from, to] = [call.givenAxes("source", shape), call.givenAxes("destination", shape)];
  const stay = [...shape.keys()].filter((axis) => !from.includes(axis));
  return [...shape.keys()].map((axis) => {
    const at = to.indexOf(axis);
    return at < 0 ? (stay.shift() ?? 0) : (from[at] ?? 0);
  });
});

const unsqueezed: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  return tensor(dtype, shape.toSpliced(call.axis("dim", [1, ...shape]), 0, 1), contiguous);
};

/** A symbolic size is taken not to be 1, as PyTorch does when it exports. */
const squeezed =
  (axesOf: (call: InferCall, shape: Shape) => readonly number[]): InferRule =>
  (call) => {
    const { dtype, shape, contiguous } = call.tensor("self");
    const axes = axesOf(call, shape);
    const rest = shape.filter((dim, axis) => dim !== 1 || !axes.includes(axis));
    return tensor(dtype, rest, contiguous);
  };

/** The same bytes, as elements of another size along the last axis. */
const reinterpreted: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  const wanted = call.dtype() ?? dtype;
  const [before, after] = [DTYPES[dtype].bytes, DTYPES[wanted].bytes];
  if (before === after) return tensor(wanted, shape, contiguous);
  const bytes = times(shape.at(-1) ?? call.refuse(shape, "a tensor with axes"), before);
  const last = floorDivide(bytes, after);
  if (isNumber(last) && isNumber(bytes) && last * after !== bytes) return call.refuse(shape, `${after} bytes a row`);
  return tensor(wanted, shape.with(-1, last), contiguous);
};

function expandedShape(call: InferCall, shape: Shape, sizes: Shape): Shape {
  const added = sizes.length - shape.length;
  if (added < 0) return call.refuse(shape, `a tensor of at most ${sizes.length} axes`);
  return sizes.map((size, axis) => {
    const own = axis < added ? undefined : shape[axis - added];
    if (size === -1) return own ?? call.refuse(shape, "a size for each new axis");
    if (own === undefined || own === 1) return size;
    return requireSame(call, own, size, shape, `what can be expanded to ${formatShape(sizes)}`);
  });
}

function isUnchanged(before: Shape, after: Shape): boolean {
  return before.length === after.length && before.every((dim, axis) => dim !== 1 || after[axis] === 1);
}

function isRepeated(before: Shape, after: Shape): boolean {
  const added = after.length - before.length;
  return after.some((dim, axis) => isNumber(dim) && dim > 1 && (before[axis - added] ?? 1) === 1);
}

/** Nothing counts as row-major. */
function expanded(self: TensorType, shape: Shape): TensorType {
  if (shape.includes(0)) return tensor(self.dtype, shape, true);
  const order = isUnchanged(self.shape, shape) ? self.contiguous : isRepeated(self.shape, shape) ? false : undefined;
  return tensor(self.dtype, shape, order);
}

const expand: InferRule = (call) => {
  const self = call.tensor("self");
  return expanded(self, expandedShape(call, self.shape, call.sizes("size")));
};

const expandAs: InferRule = (call) => {
  const self = call.tensor("self");
  return expanded(self, expandedShape(call, self.shape, call.tensor("other").shape));
};

const selected: InferRule = (call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape);
  const [size, index] = [self.shape[axis], call.number("index")];
  const isOutside = isNumber(size ?? 0) && index !== undefined && (index >= Number(size) || index < -Number(size));
  if (size === undefined || isOutside) return call.refuse(self.shape, `a tensor with a place ${index} on axis ${axis}`);
  return tensor(self.dtype, self.shape.toSpliced(axis, 1), selectedOrder(self, axis));
};

const repeated: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const repeats = call.sizes(call.has("repeats") ? "repeats" : "dims");
  const rank = call.name === "tile" ? Math.max(shape.length, repeats.length) : repeats.length;
  if (rank < shape.length) return call.refuse(shape, `a tensor of at most ${rank} axes`);
  const sizes = Array.from({ length: rank }, (_, axis) =>
    times(shape[axis - rank + shape.length] ?? 1, repeats[axis - rank + repeats.length] ?? 1),
  );
  return fresh(dtype, sizes);
};

const itself: InferRule = (call) => call.tensor("self");

const copied: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  const format = call.argument("memory_format") ?? "preserve_format";
  const isAsked = format === "contiguous_format";
  return tensor(dtype, shape, isAsked || (format === "preserve_format" && contiguous === true) ? true : undefined);
};

export const LAYOUT: InferRules = {
  ...named(
    viewed((call) => call.sizes("size")),
    "view _unsafe_view _reshape_alias",
  ),
  "view.dtype": reinterpreted,
  view_as: viewed((call) => call.tensor("other").shape),
  reshape: regrouped((call) => call.sizes("shape")),
  reshape_as: regrouped((call) => call.tensor("other").shape),
  ravel: regrouped((_, { shape }) => [elementCount(shape)]),
  flatten: flattened,
  unflatten: unflattened,
  permute: permuted((call, { shape }) => call.givenAxes("dims", shape)),
  transpose: transposed("dim0", "dim1"),
  swapaxes: transposed("axis0", "axis1"),
  swapdims: transposed("dim0", "dim1"),
  ...named(lastSwapped, "mT mH adjoint"),
  t: matrixTransposed,
  numpy_T: reversed,
  ...named(moved, "movedim moveaxis"),
  unsqueeze: unsqueezed,
  "squeeze.default": squeezed((_, shape) => [...shape.keys()]),
  "squeeze.dim": squeezed((call, shape) => call.givenAxes("dim", shape)),
  "squeeze.dims": squeezed((call, shape) => call.givenAxes("dim", shape)),
  ...named(expand, "expand broadcast_to"),
  expand_as: expandAs,
  select: selected,
  ...named(repeated, "repeat tile"),
  ...named(itself, "alias detach lift_fresh resolve_conj resolve_neg _conj conj requires_grad_ _print"),
  ...named(copied, "clone contiguous lift_fresh_copy"),
};
