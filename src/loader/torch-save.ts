import { PickleTuple, type PickleValue, readPickle, type ZipArchive } from "../container/index.ts";
import { DTYPES, type Storage, storageByteLength } from "../core/index.ts";
import { checkByteOrder } from "./byte-order.ts";
import { Malformed } from "./refusal.ts";
import { TORCH_GLOBALS } from "./torch-globals.ts";
import { TorchStorage, TorchStorageType } from "./torch-values.ts";

/** Turns the ids by which a pickle names its storages into members of the archive. */
function storageFinder(archive: ZipArchive): (id: PickleValue) => PickleValue {
  const storages = new Map<string, Storage>();
  return (id) => {
    const [tag, type, key, , count] = id instanceof PickleTuple ? id.items : [];
    if (tag !== "storage" || !(type instanceof TorchStorageType) || typeof key !== "string") {
      throw new Malformed("a pickle names a storage by something else than its key");
    }
    const storage = storages.get(key) ?? archive.storage(`data/${key}`);
    storages.set(key, storage);
    const stored = storageByteLength(storage);
    const elementBytes = type.element ? DTYPES[type.element].bytes : 1;
    if (typeof count !== "number" || count * elementBytes !== stored) {
      throw new Malformed(`the storage ${key} is ${stored} bytes, which is not what its pickle says`);
    }
    return new TorchStorage(storage, type);
  };
}

/** What torch.save wrote into a zip archive. Storages are located, not read. */
export function readTorchSave(archive: ZipArchive): PickleValue {
  checkByteOrder(archive);
  const { value } = readPickle(archive.read("data.pkl", "pickleBytes"), {
    file: archive.label,
    globals: TORCH_GLOBALS,
    persistent: storageFinder(archive),
  });
  return value;
}
