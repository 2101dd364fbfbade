import { type PickleBuilder, PickleClass, PickleConstructor, PickleInstance } from "../../container/index.ts";
import { Unsupported } from "../refusal.ts";
import { TORCH_GLOBALS } from "../torch-globals.ts";
import type { PickleNames } from "../torch-save.ts";

/** Calls that make plain values beside the tensors: they are read as inert objects. */
const BYSTANDERS: readonly string[] = [
  "numpy.core.multiarray._reconstruct",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray._reconstruct",
  "numpy._core.multiarray.scalar",
  "numpy.dtype",
  "pathlib.PosixPath",
  "pathlib.PurePosixPath",
  "pathlib.WindowsPath",
  "datetime.datetime",
  "torch.serialization._get_layout",
  "functools.partial",
  "__builtin__.complex",
  "builtins.complex",
  "__builtin__.bytearray",
  "builtins.bytearray",
];

const SPECIAL_TENSORS: readonly (readonly [rebuild: string, what: string])[] = [
  ["torch._utils._rebuild_qtensor", "a quantised tensor"],
  ["torch._utils._rebuild_sparse_tensor", "a sparse tensor"],
  ["torch._utils._rebuild_sparse_csr_tensor", "a sparse tensor"],
  ["torch._utils._rebuild_nested_tensor", "a nested tensor"],
  ["torch._utils._rebuild_wrapper_subclass", "a tensor subclass"],
  ["torch._utils._rebuild_meta_tensor_no_storage", "a meta tensor, which has no data,"],
  ["torch._utils._rebuild_device_tensor_from_numpy", "a tensor of an accelerator"],
];

/** `defaultdict(factory)` and `Counter(counts)`: what they hold is set as items, or given. */
const dictionary: PickleBuilder = ([counts]) => (counts instanceof Map ? counts : new Map());

function allowed(name: string, build: PickleBuilder): readonly [string, PickleConstructor] {
  return [name, new PickleConstructor(name, build)];
}

function refused(what: string): PickleBuilder {
  return () => {
    throw new Unsupported(what, "save plain dense tensors");
  };
}

/**
 * What pickles of checkpoints may name: besides tensors any class, whose objects are inert data, but no function that
 * is not known to make plain data.
 */
export const CHECKPOINT_NAMES: PickleNames = {
  globals: new Map([
    ...TORCH_GLOBALS,
    ...BYSTANDERS.map((name) => allowed(name, () => new PickleInstance(name))),
    ...SPECIAL_TENSORS.map(([name, what]) => allowed(name, refused(what))),
    allowed("collections.defaultdict", dictionary),
    allowed("collections.Counter", dictionary),
  ]),
  unknown: (name) => new PickleClass(name),
};
