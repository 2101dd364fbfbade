import {
  PICKLE_BUILTINS,
  type PickleBuilder,
  PickleConstructor,
  type PickleGlobals,
  PickleTuple,
  type PickleValue,
} from "../container/index.ts";
import type { DType } from "../core/index.ts";
import { Unsupported } from "./refusal.ts";
import { checkedLocation } from "./tensor-location.ts";
import { TorchClass, TorchDType, TorchStorage, TorchStorageType, TorchTensor } from "./torch-values.ts";

const STORAGES: Readonly<Record<string, DType>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  CharStorage: "int8",
  ShortStorage: "int16",
  IntStorage: "int32",
  LongStorage: "int64",
  ByteStorage: "uint8",
  BoolStorage: "bool",
  ComplexFloatStorage: "complex64",
  ComplexDoubleStorage: "complex128",
};

/** dtypes that PyTorch names and torchrelay has no form for are undefined. */
const DTYPES: Readonly<Record<string, DType | undefined>> = {
  float32: "float32",
  float64: "float64",
  float16: "float16",
  bfloat16: "bfloat16",
  int8: "int8",
  int16: "int16",
  int32: "int32",
  int64: "int64",
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  uint64: "uint64",
  bool: "bool",
  complex64: "complex64",
  complex128: "complex128",
  complex32: undefined,
  float8_e4m3fn: undefined,
  float8_e5m2: undefined,
  float8_e4m3fnuz: undefined,
  float8_e5m2fnuz: undefined,
  float8_e8m0fnu: undefined,
};

/** The numbers of a tuple of sizes or strides; undefined for anything else. */
function numbers(value: PickleValue | undefined): readonly number[] | undefined {
  const items = value instanceof PickleTuple ? value.items : undefined;
  return items?.every((item) => typeof item === "number") ? items : undefined;
}

/** A lazily conjugated or negated tensor: its bytes are not its values. */
function checkMetadata(metadata: PickleValue | undefined): void {
  if (metadata instanceof Map && [...metadata.values()].some((flag) => flag === true)) {
    throw new Unsupported(
      "a lazily conjugated or negated tensor",
      "call resolve_conj() and resolve_neg() before saving",
    );
  }
}

function tensor(args: readonly PickleValue[], dtype: DType | undefined): TorchTensor | undefined {
  const [source, storageOffset, sizes, steps] = args;
  const [shape, strides] = [numbers(sizes), numbers(steps)];
  const isLegal = source instanceof TorchStorage && typeof storageOffset === "number" && shape && strides;
  if (!isLegal || !dtype) return undefined;
  const location = { storage: source.storage, dtype, shape, strides, storageOffset };
  return new TorchTensor(checkedLocation(location, "a pickled tensor"));
}

function elementOf(storage: PickleValue | undefined): DType | undefined {
  return storage instanceof TorchStorage ? storage.type.element : undefined;
}

/** `(storage, offset, sizes, strides, requires_grad, hooks[, metadata])` */
const rebuildTensor: PickleBuilder = (args) => {
  checkMetadata(args[6]);
  return tensor(args, elementOf(args[0]));
};

/** `(storage, offset, sizes, strides, requires_grad, hooks, dtype, metadata)` for dtypes without a storage class. */
const rebuildTensorV3: PickleBuilder = (args) => {
  const dtype = args[6];
  checkMetadata(args[7]);
  if (!(dtype instanceof TorchDType)) return undefined;
  if (!dtype.dtype)
    throw new Unsupported(`the dtype ${dtype.name}`, "convert the model to float32, float16 or bfloat16");
  return tensor(args, dtype.dtype);
};

/** `(tensor, requires_grad, hooks[, state])` */
const rebuildParameter: PickleBuilder = ([parameter]) => (parameter instanceof TorchTensor ? parameter : undefined);

/** `(function, type, arguments, state)`: a tensor that has attributes of its own. */
const rebuildFromType: PickleBuilder = ([rebuild, type, args]) => {
  const isPlain = rebuild instanceof PickleConstructor && type instanceof TorchClass && args instanceof PickleTuple;
  return isPlain && REBUILDERS.has(rebuild.name) ? rebuild.build(args.items) : undefined;
};

const size: PickleBuilder = ([sizes, ...more]) =>
  sizes instanceof PickleTuple && more.length === 0 ? sizes : undefined;

const device: PickleBuilder = ([type]) => (typeof type === "string" ? type : undefined);

const REBUILDERS: ReadonlyMap<string, PickleBuilder> = new Map([
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_tensor_v3", rebuildTensorV3],
  ["torch._utils._rebuild_parameter", rebuildParameter],
  ["torch._utils._rebuild_parameter_with_state", rebuildParameter],
]);

const CONSTRUCTORS: readonly (readonly [string, PickleBuilder])[] = [
  ...REBUILDERS,
  ["torch._tensor._rebuild_from_type_v2", rebuildFromType],
  ["torch.Size", size],
  ["torch.device", device],
];

/** What a pickle of plain tensors may name, as PyTorch's own `weights_only` loader has it. */
export const TORCH_GLOBALS: PickleGlobals = new Map<string, PickleValue>([
  ...PICKLE_BUILTINS,
  ...CONSTRUCTORS.map(([name, build]) => [name, new PickleConstructor(name, build)] as const),
  ...Object.entries(STORAGES).map(([name, dtype]) => [`torch.${name}`, new TorchStorageType(name, dtype)] as const),
  ["torch.storage.UntypedStorage", new TorchStorageType("UntypedStorage", undefined)],
  ...Object.entries(DTYPES).map(([name, dtype]) => [`torch.${name}`, new TorchDType(name, dtype)] as const),
  ["torch.Tensor", new TorchClass("torch.Tensor")],
  ["torch.nn.parameter.Parameter", new TorchClass("torch.nn.parameter.Parameter")],
]);
