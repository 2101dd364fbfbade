import {
  type PickleBuilder,
  PickleClass,
  PickleConstructor,
  PickleFloat,
  type PickleGlobals,
  PickleObject,
  type PickleOptions,
  PickleTuple,
  type PickleValue,
} from "../../../container/index.ts";
import { Unsupported } from "../../refusal.ts";
import { TORCH_GLOBALS } from "../../torch-globals.ts";
import { TorchStorageType } from "../../torch-values.ts";
import type { TypeExpression } from "../syntax/ast.ts";
import { parseTypeText } from "../syntax/parse-type.ts";

/** A list or a dict with the type that TorchScript wrote beside it. */
export class TypedContainer extends PickleObject {
  readonly name = "a typed container";
  readonly value: PickleValue;
  readonly type: TypeExpression;

  constructor(value: PickleValue, type: TypeExpression) {
    super();
    this.value = value;
    this.type = type;
  }
}

/** A member of an enumeration, by its value. */
export class PickledEnum extends PickleObject {
  /** Of the class. */
  readonly name: string;
  readonly value: PickleValue;

  constructor(name: string, value: PickleValue) {
    super();
    this.name = name;
    this.value = value;
  }
}

export class PickledComplex extends PickleObject {
  readonly name = "a complex number";
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    super();
    this.real = real;
    this.imaginary = imaginary;
  }
}

export class PickledDevice extends PickleObject {
  readonly name = "a device";
  readonly device: string;

  constructor(device: string) {
    super();
    this.device = device;
  }
}

/** A storage type without a form here is described for the message that refuses it. */
export class RefusedStorageType extends PickleObject {
  readonly name: string;
  readonly what: string;

  constructor(name: string, what: string) {
    super();
    this.name = name;
    this.what = what;
  }
}

const QUANTISED_STORAGES: readonly string[] = ["QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4"];

const REFUSED_DTYPES: Readonly<Record<string, string>> = {
  ComplexHalf: "complex32",
  Float8_e5m2: "float8_e5m2",
  Float8_e4m3fn: "float8_e4m3fn",
  Float8_e5m2fnuz: "float8_e5m2fnuz",
  Float8_e4m3fnuz: "float8_e4m3fnuz",
  Float8_e8m0fnu: "float8_e8m0fnu",
};

const QSCHEMES: readonly string[] = [
  "per_tensor_affine",
  "per_channel_affine",
  "per_channel_affine_float_qparams",
  "per_tensor_symmetric",
  "per_channel_symmetric",
];

function listOf(element: string): PickleBuilder {
  return ([items]) =>
    Array.isArray(items) ? new TypedContainer(items, { name: "List", args: [type(element)] }) : undefined;
}

function type(name: string): TypeExpression {
  return { name, args: [] };
}

/** `(value, "Dict[str, int]")`: the text is parsed, and is no more than a name. */
const restoreTypeTag: PickleBuilder = ([value, text]) => {
  if (typeof text !== "string" || !(Array.isArray(value) || value instanceof Map)) return undefined;
  return new TypedContainer(value, parseTypeText(text, "a type in a pickle"));
};

const complex: PickleBuilder = ([real, imaginary]) =>
  real instanceof PickleFloat && imaginary instanceof PickleFloat
    ? new PickledComplex(real.value, imaginary.value)
    : undefined;

const device: PickleBuilder = ([name]) => (typeof name === "string" ? new PickledDevice(name) : undefined);

/** Says what a tensor is, sparing the user the names of PyTorch's functions. */
const quantised: PickleBuilder = ([, , , , scheme]) => {
  const how = scheme instanceof PickleTuple ? scheme.items[0] : undefined;
  const detail = how instanceof PickleClass ? ` (${how.name.replace("torch.", "")})` : "";
  throw new Unsupported(`a quantised tensor${detail}`, "save the model before it is quantised");
};

const sparse: PickleBuilder = ([layout]) => {
  const format = layout === 1 ? "COO" : "compressed";
  throw new Unsupported(`a sparse tensor (${format})`, "call to_dense() on it before saving");
};

const TENSOR = "torch._utils._rebuild_tensor_v2";

/** The metadata of a tensor is a typed dict here. */
const tensor: PickleBuilder = (args) => {
  const rebuild = TORCH_GLOBALS.get(TENSOR);
  if (!(rebuild instanceof PickleConstructor)) return undefined;
  return rebuild.build(args.map((arg) => (arg instanceof TypedContainer ? arg.value : arg)));
};

const BUILDERS: readonly (readonly [name: string, build: PickleBuilder])[] = [
  [TENSOR, tensor],
  ["torch._utils._rebuild_qtensor", quantised],
  ["torch._utils._rebuild_sparse_tensor", sparse],
  ["torch.jit._pickle.build_intlist", listOf("int")],
  ["torch.jit._pickle.build_doublelist", listOf("float")],
  ["torch.jit._pickle.build_boollist", listOf("bool")],
  ["torch.jit._pickle.build_tensorlist", listOf("Tensor")],
  ["torch.jit._pickle.restore_type_tag", restoreTypeTag],
  ["builtins.complex", complex],
  ["torch.device", device],
];

/** Integers of 16 bits and more without a sign are spelt so by TorchScript alone. */
const UNSIGNED_STORAGES = [
  ["UInt16Storage", "uint16"],
  ["UInt32Storage", "uint32"],
  ["UInt64Storage", "uint64"],
] as const;

function refusedStorage(kind: string, what: string): readonly [string, PickleValue] {
  return [`torch.${kind}Storage`, new RefusedStorageType(`${kind}Storage`, what)];
}

const GLOBALS: PickleGlobals = new Map<string, PickleValue>([
  ...TORCH_GLOBALS,
  ...BUILDERS.map(([name, build]) => [name, new PickleConstructor(name, build)] as const),
  ...UNSIGNED_STORAGES.map(([name, dtype]) => [`torch.${name}`, new TorchStorageType(name, dtype)] as const),
  ...QUANTISED_STORAGES.map((kind) => refusedStorage(kind, `a quantised tensor (${kind})`)),
  ...Object.entries(REFUSED_DTYPES).map(([kind, dtype]) => refusedStorage(kind, `a tensor of the dtype ${dtype}`)),
  ...QSCHEMES.map((name) => [`torch.${name}`, new PickleClass(`torch.${name}`)] as const),
]);

/** What a pickle of a TorchScript archive may name: tensors, typed containers, and classes that are only names here. */
export const SCRIPT_NAMES: Pick<PickleOptions, "globals" | "unknown" | "callClass" | "floats"> = {
  globals: GLOBALS,
  unknown: (name) => (name.startsWith("__torch__.") ? new PickleClass(name) : undefined),
  callClass: (name, argument) => (name.startsWith("__torch__.") ? new PickledEnum(name, argument) : undefined),
  floats: "boxed",
};
