import { type PickleOptions, type PickleValue, readPickle, type ZipArchive } from "../container/index.ts";
import { type Storage, storageByteLength } from "../core/index.ts";
import { checkByteOrder } from "./byte-order.ts";
import { Malformed } from "./refusal.ts";
import { readStorageId } from "./storage-id.ts";
import { TORCH_GLOBALS } from "./torch-globals.ts";
import { TorchStorage } from "./torch-values.ts";

/** What a pickle may name. */
export type PickleNames = Pick<PickleOptions, "globals" | "unknown">;

/** Turns the ids by which a pickle names its storages into members of the archive. */
function storageFinder(archive: ZipArchive): (id: PickleValue) => PickleValue {
  const storages = new Map<string, Storage>();
  return (id) => {
    const { type, key, byteLength } = readStorageId(id);
    const storage = storages.get(key) ?? archive.storage(`data/${key}`);
    storages.set(key, storage);
    const stored = storageByteLength(storage);
    if (byteLength !== stored) {
      throw new Malformed(`the storage ${key} is ${stored} bytes, which is not what its pickle says`);
    }
    return new TorchStorage(storage, type);
  };
}

/** What torch.save wrote into a zip archive. Storages are located, not read. */
export function readTorchSave(archive: ZipArchive, names: PickleNames = { globals: TORCH_GLOBALS }): PickleValue {
  checkByteOrder(archive);
  const { value } = readPickle(archive.read("data.pkl", "pickleBytes"), {
    ...names,
    file: archive.label,
    persistent: storageFinder(archive),
  });
  return value;
}
