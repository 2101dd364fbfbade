import type { Dim } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { broadcast } from "../broadcast.ts";
import { elementCount, plus } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { elementwise, isRowMajor, named } from "./pointwise.ts";

type Shape = readonly Dim[];
type Index = Shape | undefined;

const isMask = ({ dtype }: TensorType): boolean => dtype === "bool" || dtype === "uint8";

/** The shapes of the indices, one for each axis of `self`; a mask counts as an index for each of its axes. */
function indexShapes(call: InferCall, self: TensorType): readonly Index[] {
  const indices = call.optionalTensors("indices").flatMap((index): readonly Index[] => {
    if (index === undefined) return [undefined];
    if (!isMask(index)) return [index.shape];
    const chosen = [call.symbol("nonzero")];
    return Array.from({ length: index.shape.length }, () => chosen);
  });
  if (indices.length > self.shape.length) call.refuse(self.shape, `a tensor of ${indices.length} axes or more`);
  return indices;
}

function isAdjacent(axes: readonly number[]): boolean {
  return axes.every((axis, index) => index === 0 || axis === (axes[index - 1] ?? 0) + 1);
}

/** The axes that are indexed become those of the indices: in their place when adjacent, else in front. */
const indexed: InferRule = (call) => {
  const self = call.tensor("self");
  const indices = indexShapes(call, self);
  const axes = [...indices.keys()].filter((axis) => indices[axis] !== undefined);
  const chosen = broadcast(
    call,
    indices.filter((shape) => shape !== undefined),
  );
  const rest = self.shape.filter((_, axis) => !axes.includes(axis));
  const at = isAdjacent(axes) ? (axes[0] ?? 0) : 0;
  const operands = [self, ...call.optionalTensors("indices").filter((index) => index !== undefined)];
  const order = isAdjacent(axes) ? isRowMajor(operands) : undefined;
  return tensor(self.dtype, rest.toSpliced(at, 0, ...chosen), order);
};

const indexSelected: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.axis("dim", shape);
  const index = call.tensor("index");
  if (index.shape.length > 1) return call.refuse(index.shape, "a vector");
  return fresh(dtype, shape.length === 0 ? [] : shape.with(axis, index.shape[0] ?? 1));
};

const gathered: InferRule = (call) => fresh(call.tensor("self").dtype, call.tensor("index").shape);

/** Without an axis, of all elements in a row. */
const takenAlong: InferRule = (call) => {
  const self = call.tensor("self");
  const indices = call.tensor("indices");
  if (!call.has("dim")) return fresh(self.dtype, [elementCount(indices.shape)]);
  const axis = call.axis("dim", self.shape);
  const own = self.shape.with(axis, 1);
  const shape = broadcast(call, [own, indices.shape.with(axis, 1)]);
  return tensor(self.dtype, shape.with(axis, indices.shape[axis] ?? 1));
};

const embedded: InferRule = (call) => {
  const { dtype, shape } = call.tensor("weight");
  return fresh(dtype, [...call.tensor("indices").shape, ...shape.slice(1)]);
};

const SUM = 0;
const MAX = 2;

/** Bags, which row is in which bag, their sizes, and the rows of maxima. */
const embeddedBags: InferRule = (call) => {
  const [weight, indices, offsets] = [call.tensor("weight"), call.tensor("indices"), call.tensor("offsets")];
  const [width = 1] = weight.shape.slice(1);
  const bags = plus(offsets.shape[0] ?? 1, call.boolean("include_last_offset") ? -1 : 0);
  const mode = call.int("mode");
  const count = (isGiven: boolean, size: Dim) => tensor(indices.dtype, isGiven ? [size] : [call.symbol("bags")]);
  const rows = call.symbol("bags");
  return [
    fresh(weight.dtype, [bags, width]),
    tensor(indices.dtype, [mode === SUM ? rows : (indices.shape[0] ?? 1)]),
    count(mode !== SUM, bags),
    mode === MAX ? tensor(indices.dtype, [bags, width]) : tensor(indices.dtype, [call.symbol("bags")]),
  ];
};

const nonzero: InferRule = (call) => {
  const { shape } = call.tensor("self");
  return tensor("int64", [call.symbol("nonzero"), shape.length]);
};

const nonzeroByAxis: InferRule = (call) => {
  const count = call.symbol("nonzero");
  const { shape } = call.tensor(call.has("condition") ? "condition" : "self");
  const rank = Math.max(1, shape.length);
  return Array.from({ length: rank }, () => tensor("int64", [count]));
};

const maskSelected: InferRule = (call) => {
  elementwise(call, "bool", ["self", "mask"]);
  return fresh(call.tensor("self").dtype, [call.symbol("masked")]);
};

const masked: InferRule = (call) => elementwise(call, call.tensor("self").dtype, ["self", "mask"]);

/** A copy of `self` in which some elements are replaced. */
const replaced: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  return tensor(dtype, shape, contiguous === true ? true : undefined);
};

const oneHot: InferRule = (call) => {
  const { shape } = call.tensor("self");
  const classes = call.size("num_classes");
  return fresh("int64", [...shape, classes === -1 ? call.symbol("classes") : classes]);
};

const searched: InferRule = (call) => {
  const dtype = call.boolean("out_int32") ? "int32" : "int64";
  return tensor(dtype, call.tensor("self").shape, call.tensor("self").contiguous === true ? true : undefined);
};

const counted: InferRule = (call) => {
  const dtype = call.optionalTensor("weights")?.dtype;
  return fresh(dtype === undefined ? "int64" : dtype === "float32" ? "float32" : "float64", [call.symbol("bincount")]);
};

/** Values, where each element is among them, and how many there are of each. */
const unique: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const count = call.symbol("unique");
  const axis = call.has("dim") ? call.axis("dim", shape) : undefined;
  const inverse = axis === undefined ? shape : [shape[axis] ?? 1];
  const isAsked = (name: string) => axis !== undefined || call.boolean(name);
  return [
    tensor(dtype, axis === undefined ? [count] : shape.with(axis, count)),
    tensor("int64", isAsked("return_inverse") ? inverse : [0]),
    tensor("int64", [isAsked("return_counts") ? count : 0]),
  ];
};

export const INDEXING: InferRules = {
  ...named(indexed, "index _unsafe_index _unsafe_masked_index"),
  index_select: indexSelected,
  gather: gathered,
  take: gathered,
  take_along_dim: takenAlong,
  embedding: embedded,
  ...named(embeddedBags, "embedding_bag _embedding_bag _embedding_bag_forward_only"),
  ...named(nonzero, "nonzero argwhere"),
  ...named(nonzeroByAxis, "nonzero_numpy where.default"),
  masked_select: maskSelected,
  masked_scatter: masked,
  ...named(
    replaced,
    "index_put _unsafe_index_put _index_put_impl scatter scatter_add scatter_reduce select_scatter slice_scatter " +
      "diagonal_scatter _unsafe_masked_index_put_accumulate index_add index_copy index_fill index_reduce put",
  ),
  one_hot: oneHot,
  ...named(searched, "searchsorted bucketize"),
  bincount: counted,
  ...named(unique, "_unique2 unique_consecutive unique_dim"),
};
