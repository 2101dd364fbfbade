import { PickleClass, PickleTuple, type PickleValue } from "../container/index.ts";
import { DTYPES } from "../core/index.ts";
import { Malformed, Unsupported } from "./refusal.ts";
import { TorchStorageType } from "./torch-values.ts";

/** How a pickle of tensors names a storage. */
export interface StorageId {
  readonly type: TorchStorageType;
  readonly key: string;
  readonly elementBytes: number;
  readonly byteLength: number;
  /** Only in files from before torch 1.6: which part of the storage is meant. */
  readonly view: PickleValue | undefined;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** `("storage", type, key, device, count[, view])`; the device on which it once lay means nothing here. */
export function readStorageId(id: PickleValue): StorageId {
  const [tag, type, key, , count, view] = id instanceof PickleTuple ? id.items : [];
  if (type instanceof PickleClass && tag === "storage") {
    throw new Unsupported(`a tensor over a ${type.name}`, "convert the model to float32, float16 or bfloat16");
  }
  if (tag !== "storage" || !(type instanceof TorchStorageType) || typeof key !== "string" || !isCount(count)) {
    throw new Malformed("a pickle names a storage by something else than its key");
  }
  const elementBytes = type.element ? DTYPES[type.element].bytes : 1;
  return { type, key, elementBytes, byteLength: count * elementBytes, view };
}
