import { numel } from "./dim.ts";
import { DTYPES, type DType, type DTypeArrays, isDType } from "./dtype.ts";
import { RelayError } from "./errors.ts";
import { exactElements, legalElements, type PlainElement } from "./exact-elements.ts";

function describe(value: unknown): string {
  return value === null || typeof value !== "object" ? String(value) : (value.constructor?.name ?? "object");
}

function invalid(given: string, legal: string): RelayError {
  return new RelayError("TENSOR_INVALID", { given, legal });
}

function checkShape(shape: readonly number[]): void {
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw invalid(`shape ${JSON.stringify(shape)}`, "an array of whole numbers ≥ 0");
  }
}

function fromPlain<D extends DType>(dtype: D, elements: readonly PlainElement[]): DTypeArrays[D] {
  const data = exactElements(dtype, elements);
  if (typeof data !== "number") return data;
  throw invalid(`element ${data} of ${dtype} data, ${describe(elements[data])}`, legalElements(dtype));
}

/**
 * A dense, row-major tensor over a typed array. The tensor does not copy `data`: it is a view, and the
 * caller must not change it while a request that was given it is running. Plain arrays are copied, and must be exact:
 * whole numbers that fit, bigints or safe integers for int64.
 */
export class Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly data: DTypeArrays[D];
  readonly shape: readonly number[];

  /** @throws RelayError TENSOR_INVALID when dtype, array type and shape do not fit each other, or elements the dtype. */
  constructor(dtype: D, given: DTypeArrays[D] | readonly PlainElement[], shape: readonly number[]) {
    if (!isDType(dtype)) throw invalid(`dtype ${String(dtype)}`, Object.keys(DTYPES).join(", "));
    const { array, lanes } = DTYPES[dtype];
    const data = Array.isArray(given) ? fromPlain<D>(dtype, given) : (given as DTypeArrays[D]);
    if (!(data instanceof array)) throw invalid(`${dtype} data in ${describe(data)}`, `${array.name} for ${dtype}`);
    checkShape(shape);
    if (data.length !== numel(shape) * lanes) {
      throw invalid(`${data.length} elements for shape [${shape.join(", ")}]`, `${numel(shape) * lanes} elements`);
    }
    this.dtype = dtype;
    this.data = data;
    this.shape = shape;
  }

  /** The bytes of `data`, not copied. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
}
