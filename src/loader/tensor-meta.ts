import type { JsonValue } from "../container/index.ts";
import { type Dim, type DType, dimEquals, dimExpression, isContiguous, isStatic, symbolsOf } from "../core/index.ts";
import type { TensorType } from "../graph/index.ts";
import { LAYOUTS, OTHER_SCALAR_TYPES, SCALAR_TYPES } from "./export-enums.ts";
import { asArray, asInteger, asObject, asString, asUnion, isObject } from "./json-fields.ts";
import { Malformed, Unsupported } from "./refusal.ts";
import { parseSymbolicExpression } from "./symbolic-expression.ts";
import { checkTensorLimits } from "./tensor-limits.ts";

/** A size or stride, and the number it was when the program was exported, where that is known. */
export interface HintedDim {
  readonly dim: Dim;
  readonly hint: number | undefined;
}

/** What a file says about a tensor; sizes, strides and offset in elements. */
export interface TensorMeta {
  readonly dtype: DType;
  readonly sizes: readonly HintedDim[];
  readonly strides: readonly HintedDim[];
  readonly storageOffset: HintedDim;
}

/** Characters of expressions that are parsed for one program: real ones have a few dozen short expressions. */
const MAX_PARSED_LENGTH = 2 ** 18;

type JsonField = JsonValue | undefined;

export function readDType(value: JsonField): DType {
  const code = asInteger(value, "a dtype");
  const dtype = SCALAR_TYPES[code];
  if (dtype !== undefined) return dtype;
  const name = OTHER_SCALAR_TYPES[code] ?? `number ${code}`;
  throw new Unsupported(`the dtype ${name}`, "convert the model to float32, float16 or bfloat16 before the export");
}

function readHint(value: JsonField): number | undefined {
  const hint = isObject(value) ? value["as_int"] : undefined;
  return typeof hint === "number" ? hint : undefined;
}

/** Reads sizes; expressions are parsed once, for they recur in tensor after tensor. */
export class TensorMetaReader {
  readonly #expressions = new Map<string, Dim>();
  #parsedLength = 0;

  /** Every symbol that was read so far, in the order of first use. */
  get symbols(): readonly string[] {
    return [...new Set([...this.#expressions.values()].flatMap(symbolsOf))];
  }

  /** A SymInt: `{as_int}` or `{as_expr: {expr_str, hint}}`. */
  dim(value: JsonField): HintedDim {
    const [tag, payload] = asUnion(value, "a size");
    if (tag === "as_expr") {
      const { expr_str: text, hint } = asObject(payload, "a symbolic size");
      return { dim: this.#expression(asString(text, "a symbolic size")), hint: readHint(hint) };
    }
    const size = asInteger(payload, "a size");
    return { dim: size, hint: size };
  }

  #expression(text: string): Dim {
    const known = this.#expressions.get(text);
    if (known !== undefined) return known;
    this.#parsedLength += text.length;
    const dim: Dim = this.#parsedLength <= MAX_PARSED_LENGTH ? parseSymbolicExpression(text) : { op: "opaque", text };
    this.#expressions.set(text, dim);
    return dim;
  }

  meta(value: JsonField): TensorMeta {
    const fields = asObject(value, "a tensor's description");
    const layout = LAYOUTS[asInteger(fields["layout"], "a layout")];
    if (layout !== "strided") throw new Unsupported(`the layout ${layout ?? "unknown"}`, "use dense tensors");
    const sizes = asArray(fields["sizes"], "sizes").map((size) => this.dim(size));
    const strides = asArray(fields["strides"], "strides").map((stride) => this.dim(stride));
    const dtype = readDType(fields["dtype"]);
    const shape = sizes.map(({ dim }) => dim);
    checkTensorLimits(dtype, shape);
    if (sizes.length !== strides.length) throw new Malformed("a tensor has more sizes than strides or fewer");
    if (sizes.some(({ dim }) => typeof dim === "number" && dim < 0)) throw new Malformed("a size is negative");
    const storageOffset = isObject(fields["storage_offset"]) ? this.dim(fields["storage_offset"]) : { dim: 0, hint: 0 };
    return { dtype, sizes, strides, storageOffset };
  }

  tensorType(value: JsonField): TensorType {
    const meta = this.meta(value);
    const contiguous = contiguity(meta);
    return {
      kind: "tensor",
      dtype: meta.dtype,
      shape: meta.sizes.map(({ dim }) => dim),
      ...(contiguous !== undefined && { contiguous }),
    };
  }
}

/** The strides of a row-major tensor of these sizes, as expressions. */
function rowMajorStrides(sizes: readonly Dim[]): readonly Dim[] {
  let step: Dim = 1;
  return sizes
    .toReversed()
    .map((size) => {
      const stride = step;
      step = dimExpression("mul", step, size);
      return stride;
    })
    .reverse();
}

/** By the expressions where they tell, else by the numbers the program was exported with. */
function contiguity({ sizes, strides }: TensorMeta): boolean | undefined {
  const shape = sizes.map(({ dim }) => dim);
  const steps = strides.map(({ dim }) => dim);
  if (isStatic(shape) && isStatic(steps)) return isContiguous(shape, steps);
  const expected = rowMajorStrides(shape);
  if (shape.every((size, axis) => size === 1 || dimEquals(steps[axis] ?? 0, expected[axis] ?? 0))) return true;
  const hints = [...sizes, ...strides].map(({ hint }) => hint).filter((hint) => hint !== undefined);
  if (hints.length < 2 * sizes.length) return undefined;
  return isContiguous(hints.slice(0, sizes.length), hints.slice(sizes.length));
}
