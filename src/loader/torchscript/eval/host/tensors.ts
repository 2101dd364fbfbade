import { DTYPES, type DType } from "../../../../core/index.ts";
import { toBool, toFloat, toInt } from "../arithmetic.ts";
import { dtypeOfNumber, numberOfDType } from "../script-enums.ts";
import {
  DeviceValue,
  type EvalValue,
  isKnownNumber,
  isNumber,
  ListValue,
  type NumberValue,
  ScalarValue,
  TensorValue,
} from "../values.ts";
import { type HostCall, type HostRule, type HostRules, ruleIn } from "./host-rule.ts";
import { knownArithmetic } from "./known-tensors.ts";
import { sizeArithmetic } from "./number-tensors.ts";
import { positionOf } from "./sequence.ts";
import { sizeOf } from "./tensor-sizes.ts";

function tensorOf(call: HostCall): TensorValue {
  const tensor = call.argument(0);
  return tensor instanceof TensorValue ? tensor : call.unfit("no tensor");
}

const size: HostRule = (call) => {
  const { session } = call;
  const tensor = tensorOf(call);
  const { shape } = tensor.type;
  if (call.args.length === 1) {
    return session.journal.made(new ListValue(shape.map((_, axis) => sizeOf(session, tensor, axis))));
  }
  return sizeOf(session, tensor, positionOf(call, call.int(1), shape.length));
};

/** As PyTorch's `len`: the size of the first axis. */
const length: HostRule = (call) => {
  const tensor = tensorOf(call);
  return tensor.type.shape.length === 0 ? call.unfit("a tensor without axes") : sizeOf(call.session, tensor, 0);
};

const count: HostRule = (call) => {
  const { shape } = tensorOf(call).type;
  if (shape.every((dim) => typeof dim === "number")) return BigInt(shape.reduce<number>((a, b) => a * Number(b), 1));
  return call.session.emitScalar("aten.sym_numel.default", { self: tensorOf(call) });
};

/** The number that a tensor of one element holds. */
function element(call: HostCall): NumberValue {
  const tensor = tensorOf(call);
  const [first, ...more] = tensor.known ?? [];
  if (first !== undefined && more.length === 0) return first;
  const number = call.session.emit("aten.item.default", { self: tensor })[0];
  return number instanceof ScalarValue ? number : call.unfit("a tensor without a number");
}

/** The elements as nested lists, one level for each axis. */
function nested(items: readonly EvalValue[], shape: readonly number[]): EvalValue {
  const [rows, ...inner] = shape;
  if (rows === undefined) return items[0] ?? null;
  const stride = rows === 0 ? 0 : items.length / rows;
  return new ListValue(
    Array.from({ length: rows }, (_, i) => nested(items.slice(i * stride, (i + 1) * stride), inner)),
  );
}

/** Elements that the inputs decide are taken one by one. */
function elementsOf(call: HostCall, shape: readonly number[]): readonly EvalValue[] {
  const { session } = call;
  const tensor = tensorOf(call);
  if (tensor.known) return tensor.known;
  const count = shape.reduce((a, b) => a * b, 1);
  session.fuel.spend(count * 10);
  const flat = session.emitTensor("aten.reshape.default", { self: tensor, shape: new ListValue([-1n]) });
  return Array.from({ length: count }, (_, i) => {
    const part = session.emitTensor("aten.select.int", { self: flat, dim: 0n, index: BigInt(i) });
    return session.emit("aten.item.default", { self: part })[0] ?? null;
  });
}

export const toList: HostRule = (call) => {
  const { shape } = tensorOf(call).type;
  const isKnown = shape.every((dim) => typeof dim === "number");
  if (!isKnown) return call.undecided("a tensor of a size");
  return nested(elementsOf(call, shape as readonly number[]), shape as readonly number[]);
};

const isOf =
  (...categories: readonly string[]): HostRule =>
  (call) =>
    categories.includes(DTYPES[tensorOf(call).type.dtype].category);

/** Conversions that ask for a dtype; all tensors are on one device. */
const convert: HostRule = (call) => {
  const tensor = tensorOf(call);
  const dtype = askedDType(call);
  const format =
    call.keywords.get("memory_format") ?? call.args.find((arg, i) => i >= 4 && typeof arg === "bigint") ?? null;
  const isCopy = call.args.slice(2).filter((arg) => typeof arg === "boolean")[1] ?? call.keywords.get("copy") ?? false;
  if ((dtype === undefined || dtype === tensor.type.dtype) && isCopy === false && (format === null || format === 1n))
    return tensor;
  if (format !== null && format !== 0n && format !== 1n) return undefined;
  if (dtype !== undefined && AS_NUMBERS.has(dtype) && isKnown(tensor)) return known(call, tensor, dtype);
  const args = { self: tensor, dtype: dtype ?? tensor.type.dtype, non_blocking: false, copy: isCopy };
  return call.session.emitTensor("aten.to.dtype", {
    ...args,
    ...(format === 0n && { memory_format: "contiguous_format" }),
  });
};

/** Conversions to these keep their elements known. */
const AS_NUMBERS: ReadonlySet<DType> = new Set<DType>(["float32", "float64", "int64", "bool"]);
const MAX_CONVERTED = 16;

/** A tensor of a few numbers, all of which fit any of these dtypes. */
function isKnown({ known }: TensorValue): boolean {
  if (known && known.length > MAX_CONVERTED) return false;
  return known?.every((item) => isKnownNumber(item) && Math.abs(Number(item)) <= Number.MAX_SAFE_INTEGER) ?? false;
}

function known(call: HostCall, { type, known = [] }: TensorValue, dtype: DType): TensorValue {
  const items = known.map((item) => converted(item, dtype));
  return new TensorValue(
    { kind: "tensor", dtype, shape: type.shape, contiguous: true },
    undefined,
    items,
    call.session.scope,
  );
}

function askedDType(call: HostCall): DType | undefined {
  const [, ...rest] = call.args;
  const [first] = rest;
  if (first instanceof TensorValue) return first.type.dtype;
  const number = call.keywords.get("dtype") ?? rest.find((arg, i) => i < 2 && typeof arg === "bigint") ?? null;
  if (typeof number !== "bigint") return undefined;
  return dtypeOfNumber(number) ?? call.unfit(`the dtype ${number}`);
}

const itself: HostRule = (call) => tensorOf(call);
const no: HostRule = () => false;

/** Operators whose first argument is a tensor. */
const TENSORS: HostRules = {
  size,
  shape: size,
  len: length,
  numel: count,
  dim: (call) => BigInt(tensorOf(call).type.shape.length),
  item: element,
  ScalarImplicit: element,
  Int: (call) => toInt(call.session, element(call)),
  IntImplicit: (call) => toInt(call.session, element(call)),
  Float: (call) => toFloat(call.session, element(call)),
  FloatImplicit: (call) => toFloat(call.session, element(call)),
  Bool: (call) => toBool(call.session, element(call)),
  is_nonzero: (call) => toBool(call.session, element(call)),
  tolist: toList,
  dtype: (call) => numberOfDType(tensorOf(call).type.dtype),
  device: () => new DeviceValue("cpu"),
  layout: () => 0n,
  is_cuda: no,
  is_cpu: () => true,
  is_mkldnn: no,
  is_quantized: no,
  is_sparse: no,
  is_sparse_csr: no,
  is_nested: no,
  is_mps: no,
  is_xpu: no,
  is_meta: no,
  is_vulkan: no,
  is_ipu: no,
  is_xla: no,
  is_neg: no,
  is_conj: no,
  requires_grad: no,
  is_floating_point: isOf("float"),
  is_complex: isOf("complex"),
  is_signed: (call) => !["bool", "uint8", "uint16", "uint32", "uint64"].includes(tensorOf(call).type.dtype),
  element_size: (call) => BigInt(DTYPES[tensorOf(call).type.dtype].bytes),
  ndim: (call) => BigInt(tensorOf(call).type.shape.length),
  to: convert,
  cpu: itself,
  cuda: itself,
  data: (call) => call.session.emitTensor("aten.detach.default", { self: tensorOf(call) }),
  __is__: (call) => (call.argument(1) === null ? false : call.argument(0) === call.argument(1)),
};

export function tensorRule(name: string): HostRule {
  const rule = ruleIn(TENSORS, name);
  return (call) => sizeArithmetic(call) ?? knownArithmetic(call) ?? rule?.(call);
}

const AS_TENSOR = { int64: "int64", bool: "bool", float32: "float32" } as const;

function shapeOf(call: HostCall, data: EvalValue): readonly number[] {
  if (!(data instanceof ListValue)) return [];
  const [first = null] = data.content;
  const inner = shapeOf(call, first);
  const isEven = data.content.every((item) => String(shapeOf(call, item)) === String(inner));
  return isEven ? [data.content.length, ...inner] : call.unfit("rows of different lengths");
}

function flat(call: HostCall, data: EvalValue): readonly NumberValue[] {
  call.session.fuel.walk();
  if (data instanceof ListValue) return data.content.flatMap((item) => flat(call, item));
  if (isNumber(data)) return [data];
  return data instanceof TensorValue && data.known?.length === 1 ? data.known : call.unfit("items that are no numbers");
}

function commonDType(items: readonly NumberValue[]): DType {
  const isFloat =
    items.length === 0 ||
    items.some((item) => typeof item === "number" || (item instanceof ScalarValue && item.dtype === "float64"));
  if (isFloat) return AS_TENSOR.float32;
  const isTruth = items.every(
    (item) => typeof item === "boolean" || (item instanceof ScalarValue && item.dtype === "bool"),
  );
  return isTruth ? AS_TENSOR.bool : AS_TENSOR.int64;
}

/** What a number is once it is an element of a tensor. */
function converted(item: NumberValue, dtype: DType): NumberValue {
  if (!isKnownNumber(item)) return item;
  const { category } = DTYPES[dtype];
  if (category === "bool") return Boolean(item);
  if (category === "int") return BigInt(Math.trunc(Number(item)));
  return dtype === "float32" ? Math.fround(Number(item)) : Number(item);
}

/** `torch.tensor(data)`: of a number or of nested lists of numbers. */
export const tensorOfData: HostRule = (call) => {
  const data = call.argument(0);
  const number = call.find(1, "dtype") ?? null;
  if (data instanceof TensorValue && data.known === undefined) {
    return call.session.emitTensor("aten.clone.default", { self: convert(call) as TensorValue });
  }
  const items = flat(call, data instanceof TensorValue ? new ListValue(data.known ?? []) : data);
  const dtype =
    typeof number === "bigint" ? (dtypeOfNumber(number) ?? call.unfit("an unknown dtype")) : commonDType(items);
  const shape = data instanceof TensorValue ? data.type.shape : shapeOf(call, data);
  const known = items.map((item) => (typeof item === "bigint" && dtype === "int64" ? item : converted(item, dtype)));
  return new TensorValue({ kind: "tensor", dtype, shape, contiguous: true }, undefined, known, call.session.scope);
};
