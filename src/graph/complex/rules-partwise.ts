import { type Argument, isComplexNumber, isValueRef, type Value } from "../types.ts";
import type { ComplexCall } from "./complex-call.ts";
import { type ComplexResult, type ComplexRule, type ComplexRules, each } from "./complex-rule.ts";
import type { Parts } from "./real-math.ts";
import { isComplex } from "./real-type.ts";

type Side = keyof Parts;

function sideOf(call: ComplexCall, arg: Argument, side: Side): Argument | undefined {
  if (Array.isArray(arg)) {
    const items = arg.map((item) => sideOf(call, item, side));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  const value = call.partsOf(arg)?.[side];
  return value && { value };
}

function sided(
  call: ComplexCall,
  names: readonly string[],
  side: Side,
): Readonly<Record<string, Argument>> | undefined {
  const changed = names.map((name) => [name, sideOf(call, call.argument(name), side)] as const);
  return changed.some(([, arg]) => arg === undefined) ? undefined : Object.fromEntries(changed as [string, Argument][]);
}

function paired(reals: readonly (Value | null)[], imaginaries: readonly (Value | null)[]): readonly ComplexResult[] {
  return reals.map((real, i) => {
    const imaginary = imaginaries[i];
    return real && imaginary ? { real, imaginary } : null;
  });
}

interface Partwise {
  /** The arguments that are split. */
  readonly names: string;
  /** The overload that takes tensors. */
  readonly target?: string;
}

/** The same on the real and on the imaginary parts of the named arguments: of what moves elements, or is linear. */
function partwise({ names, target }: Partwise): ComplexRule {
  const split = names.split(" ");
  return (call) => {
    const [real, imaginary] = [sided(call, split, "real"), sided(call, split, "imaginary")];
    if (!real || !imaginary || call.takesOthers(split)) return undefined;
    return paired(call.again(real, target), call.again(imaginary, target));
  };
}

/** Real numbers as complex ones, and back; from one precision to another. */
const converted: ComplexRule = (call) => {
  const { math, resultType } = call;
  const self = call.parts("self");
  if (!self || isComplex({ type: resultType })) return self;
  const { dtype } = resultType;
  const as = (value: Value) => math.call("aten._to_copy.default", { self: { value }, dtype }, resultType);
  const real = as(self.real);
  return dtype === "bool" ? math.test("logical_or.default", real, as(self.imaginary)) : real;
};

/** The argument that fills a tensor, if it is given. */
const FILLS: readonly string[] = ["fill_value", "s"];

/** What fills a tensor with one number. */
const filled: ComplexRule = (call) => {
  const self = call.argument("self");
  const real = isValueRef(self) ? sided(call, ["self"], "real") : {};
  if (!real) return undefined;
  const fill = FILLS.find((name) => isComplexNumber(call.argument(name)));
  const given = fill === undefined ? undefined : call.argument(fill);
  if (fill === undefined || !isComplexNumber(given)) {
    const [made] = call.again(real);
    if (!made || !isComplex({ type: call.resultType })) return made ?? undefined;
    return { real: made, imaginary: call.math.full(made, 0) };
  }
  const [first, second] = [given.re, given.im].map((part) => call.again({ ...real, [fill]: part })[0]);
  return first && second ? { real: first, imaginary: second } : undefined;
};

/** Real numbers in the place of some. */
const masked: ComplexRule = (call) => {
  const value = call.parts("value");
  const [real, imaginary] = [sided(call, ["self"], "real"), sided(call, ["self"], "imaginary")];
  if (!value || !real || !imaginary) return undefined;
  const tensor = { target: "aten.masked_fill.Tensor", mask: call.argument("mask") };
  const fill = (side: Side, self: Argument) =>
    call.math.call(tensor.target, { self, mask: tensor.mask, value: { value: value[side] } }, call.math.result);
  return { real: fill("real", real["self"] ?? null), imaginary: fill("imaginary", imaginary["self"] ?? null) };
};

/** What asks for no more than the shape. */
const sizes: ComplexRule = (call) => {
  const real = sided(call, ["self"], "real");
  return real && call.again(real);
};

/** In the shape of `other`, whatever that holds. */
const shapedAs: ComplexRule = (call) => {
  const other = sided(call, ["other"], "real");
  const arg = other?.["other"] ?? null;
  if (call.isComplex("self")) {
    const [real, imaginary] = [sided(call, ["self"], "real"), sided(call, ["self"], "imaginary")];
    return paired(call.again({ ...real, other: arg }), call.again({ ...imaginary, other: arg }));
  }
  return call.again({ other: arg });
};

/** A number around the elements. */
const surrounded: ComplexRule = (call) => {
  const value = call.argument("value");
  const { re, im } = isComplexNumber(value) ? value : { re: value ?? 0, im: 0 };
  const [real, imaginary] = [sided(call, ["self"], "real"), sided(call, ["self"], "imaginary")];
  return paired(call.again({ ...real, value: re }), call.again({ ...imaginary, value: im }));
};

/** The conjugate of the transpose. */
const turned: ComplexRule = (call) => {
  const self = call.parts("self");
  if (!self || call.math.result.shape.length < 2) return undefined;
  const moved = (value: Value) => call.math.call("aten.mT.default", { self: { value } }, call.math.result);
  return { real: moved(self.real), imaginary: call.math.neg(moved(self.imaginary)) };
};

export const PARTWISE: ComplexRules = {
  ...each(
    "view.default _unsafe_view.default _reshape_alias.default reshape.default flatten.using_ints unflatten.int " +
      "ravel.default permute.default transpose.int swapdims.default swapaxes.default t.default mT.default numpy_T.default " +
      "movedim.int movedim.intlist unsqueeze.default squeeze.default squeeze.dim squeeze.dims expand.default " +
      "broadcast_to.default repeat.default tile.default repeat_interleave.self_int select.int slice.Tensor narrow.default " +
      "split.Tensor split.sizes split_with_sizes.default chunk.default tensor_split.sections tensor_split.indices " +
      "unbind.int roll.default flip.default unfold.default diagonal.default tril.default triu.default",
    partwise({ names: "self" }),
  ),
  ...each(
    "alias.default clone.default contiguous.default detach.default lift_fresh.default lift_fresh_copy.default " +
      "positive.default resolve_conj.default resolve_neg.default neg.default index.Tensor index_select.default " +
      "gather.default sum.default sum.dim_IntList mean.default mean.dim cumsum.default fft_fftshift.default " +
      "fft_ifftshift.default",
    partwise({ names: "self" }),
  ),
  ...each("view_as.default reshape_as.default expand_as.default", shapedAs),
  ...each("add.Tensor sub.Tensor rsub.Tensor where.self", partwise({ names: "self other" })),
  ...each("add.Scalar", partwise({ names: "self other", target: "aten.add.Tensor" })),
  ...each("sub.Scalar", partwise({ names: "self other", target: "aten.sub.Tensor" })),
  ...each("rsub.Scalar", partwise({ names: "self other", target: "aten.rsub.Tensor" })),
  ...each("constant_pad_nd.default", surrounded),
  ...each("cat.default stack.default hstack.default vstack.default", partwise({ names: "tensors" })),
  ...each("select_scatter.default slice_scatter.default diagonal_scatter.default", partwise({ names: "self src" })),
  ...each("diag.default trace.default rot90.default diff.default", partwise({ names: "self" })),
  ...each("scatter_add.default scatter.src", partwise({ names: "self src" })),
  ...each("index_add.default index_copy.default", partwise({ names: "self source" })),
  ...each("index_put.default", partwise({ names: "self values" })),
  ...each("_to_copy.default to.device to.dtype to.dtype_layout to.other type_as.default", converted),
  ...each(
    "zeros.default zeros_like.default new_zeros.default ones.default ones_like.default new_ones.default full.default " +
      "full_like.default new_full.default empty.memory_format empty_like.default new_empty.default scalar_tensor.default " +
      "eye.default eye.m",
    filled,
  ),
  ...each("mH.default adjoint.default matrix_H.default", turned),
  ...each("masked_fill.Scalar masked_fill.Tensor", masked),
  ...each("sym_size.int sym_numel.default size.int numel.default", sizes),
};
