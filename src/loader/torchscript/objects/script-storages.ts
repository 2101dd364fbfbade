import { PickleTuple, type PickleValue, type ZipArchive } from "../../../container/index.ts";
import { type Storage, storageByteLength } from "../../../core/index.ts";
import { Malformed, Unsupported } from "../../refusal.ts";
import { readStorageId, type StorageId } from "../../storage-id.ts";
import { TorchStorage } from "../../torch-values.ts";
import { RefusedStorageType } from "./script-globals.ts";

/** Turns the id by which a pickle names a storage into the storage. */
export type StorageFinder = (id: PickleValue) => PickleValue;

function refuseUnsupported(id: PickleValue): void {
  const type = id instanceof PickleTuple ? id.items[1] : undefined;
  if (!(type instanceof RefusedStorageType)) return;
  const isQuantised = type.what.startsWith("a quantised");
  const hint = isQuantised
    ? "save the model before it is quantised"
    : "save the model with float32, float16 or bfloat16 weights";
  throw new Unsupported(type.what, hint);
}

function checkedId(id: PickleValue): StorageId {
  refuseUnsupported(id);
  return readStorageId(id);
}

/** Members `folder/key` of the archive; empty storages need none. Storages are located, not read. */
export function storagesIn(archive: ZipArchive, folder: string): StorageFinder {
  const storages = new Map<string, Storage>();
  return (id) => {
    const { type, key, byteLength } = checkedId(id);
    const found = storages.get(key) ?? locate(archive, `${folder}/${key}`, byteLength);
    storages.set(key, found);
    const stored = storageByteLength(found);
    if (byteLength !== stored) {
      throw new Malformed(`the storage ${folder}/${key} is ${stored} bytes, which is not what its pickle says`);
    }
    return new TorchStorage(found, type);
  };
}

function locate(archive: ZipArchive, member: string, byteLength: number): Storage {
  if (byteLength === 0 && !archive.has(member)) return { kind: "memory", bytes: new Uint8Array() };
  return archive.storage(member);
}

/** Storages of which only the types are asked: PyTorch leaves out the data of example inputs. */
export function absentStorages(): StorageFinder {
  return (id) => {
    const { type, byteLength } = checkedId(id);
    return new TorchStorage({ kind: "file", path: "", offset: 0, byteLength }, type);
  };
}
