import { type ByteSource, PickleClass, PickleTuple, type PickleValue, readPickle } from "../../container/index.ts";
import { LIMITS, RelayError, type Storage, type TensorLocation } from "../../core/index.ts";
import { ByteReader } from "../../util/index.ts";
import { Malformed, Unsupported } from "../refusal.ts";
import { readStorageId, type StorageId } from "../storage-id.ts";
import { TorchStorage } from "../torch-values.ts";
import { CHECKPOINT_NAMES } from "./checkpoint-names.ts";
import type { Contents } from "./contents.ts";
import { flattenTensors } from "./flatten.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** How much of the file is read for its pickles at first, and how much more each time they turn out to be longer. */
const FIRST_WINDOW_BYTES = 2 ** 20;
const WINDOW_GROWTH = 16;

/** A part of the storage `key`, in bytes. */
interface Part {
  readonly key: string;
  readonly start: number;
  readonly byteLength: number;
}

/** `(view key, offset, count)` in elements; without it the whole storage. */
function partOf({ key, elementBytes, byteLength, view }: StorageId): Part {
  if (view === null || view === undefined) return { key, start: 0, byteLength };
  const [, offset, count] = view instanceof PickleTuple ? view.items : [];
  if (typeof offset !== "number" || typeof count !== "number" || !(offset >= 0 && count >= 0)) {
    throw new Malformed(`a view of the storage ${key} is not well-formed`);
  }
  const part = { key, start: offset * elementBytes, byteLength: count * elementBytes };
  if (part.start + part.byteLength > byteLength) throw new Malformed(`a view reaches beyond the storage ${key}`);
  return part;
}

/** Storages that the pickle names before the file tells where they lie: they follow the pickle. */
class PendingStorages {
  readonly #ids = new Map<string, StorageId>();
  readonly #parts = new Map<Storage, Part>();
  readonly #pending = new Map<string, Storage>();

  /** What a persistent id stands for: a storage without a place yet, or the class of a pickled module. */
  find(id: PickleValue): PickleValue {
    const [tag, type] = id instanceof PickleTuple ? id.items : [];
    if (tag === "module" && type instanceof PickleClass) return type;
    const storageId = readStorageId(id);
    const { key, byteLength } = storageId;
    const known = this.#ids.get(key) ?? storageId;
    if (known.type !== storageId.type || known.byteLength !== byteLength) {
      throw new Malformed(`the storage ${key} is named with two sizes`);
    }
    this.#ids.set(key, known);
    return new TorchStorage(this.#storageOf(partOf(storageId)), storageId.type);
  }

  #storageOf(part: Part): Storage {
    const name = `${part.start} ${part.byteLength} ${part.key}`;
    const storage = this.#pending.get(name) ?? { kind: "file", path: "", offset: 0, byteLength: part.byteLength };
    this.#pending.set(name, storage);
    this.#parts.set(storage, part);
    return storage;
  }

  /** Finds the storages in the file: in the order of `keys` from `offset` on, each after the number of its elements. */
  place(source: ByteSource, keys: readonly PickleValue[], offset: number): (pending: Storage) => Storage {
    const starts = new Map<string, number>();
    let at = offset;
    for (const key of keys) {
      const id = typeof key === "string" ? this.#ids.get(key) : undefined;
      if (!id || starts.has(id.key)) throw new Malformed("its list of storages is not the one of its pickle");
      const count = new ByteReader(source.read(at, 8)).uint64();
      if (Number(count) * id.elementBytes !== id.byteLength) throw new Malformed(`the storage ${id.key} has two sizes`);
      starts.set(id.key, at + 8);
      at += 8 + id.byteLength;
    }
    const placed = new Map([...this.#parts].map(([pending, part]) => [pending, locate(source, part, starts)]));
    return (pending) => placed.get(pending) ?? pending;
  }
}

function locate(source: ByteSource, { key, start, byteLength }: Part, starts: ReadonlyMap<string, number>): Storage {
  const begin = starts.get(key);
  if (begin === undefined) throw new Malformed(`the storage ${key} is missing`);
  return source.storage(begin + start, byteLength);
}

/** The part of the file before the storages. */
interface Head {
  readonly value: PickleValue;
  readonly storages: PendingStorages;
  readonly keys: readonly PickleValue[];
  readonly end: number;
}

function checkSystem(system: PickleValue): void {
  if (!(system instanceof Map)) throw new Malformed("it does not tell what system wrote it");
  if (system.get("little_endian") === true) return;
  throw new Unsupported("a file of another byte order than little", "save it on a little-endian machine");
}

function readHead(bytes: Uint8Array, file: string): Head {
  const storages = new PendingStorages();
  let end = 0;
  const next = (): PickleValue => {
    const options = { ...CHECKPOINT_NAMES, file, offset: end, persistent: (id: PickleValue) => storages.find(id) };
    const pickle = readPickle(bytes, options);
    end = pickle.end;
    return pickle.value;
  };
  if (next() !== MAGIC || next() !== PROTOCOL) throw new Malformed(`it is not of the protocol ${PROTOCOL}`);
  checkSystem(next());
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new Malformed("it has no list of storages");
  return { value, storages, keys, end };
}

/** Reads no more of the file than about what the pickles take, for the storages behind them can be large. */
function readHeadOf(source: ByteSource, window = FIRST_WINDOW_BYTES): Head {
  const most = Math.min(source.size, LIMITS.pickleBytes);
  if (window >= most) return readHead(source.read(0, most), source.name);
  try {
    return readHead(source.read(0, window), source.name);
  } catch (error) {
    if (!(error instanceof RelayError && error.code === "FILE_CORRUPT")) throw error;
    return readHeadOf(source, window * WINDOW_GROWTH);
  }
}

/** What torch.save wrote before torch 1.6: pickles one after another, then the storages. */
export function readLegacyTorchSave(source: ByteSource): Contents {
  const { value, storages, keys, end } = readHeadOf(source);
  const { tensors, others } = flattenTensors(value);
  const placed = storages.place(source, keys, end);
  const place = (location: TensorLocation): TensorLocation => ({ ...location, storage: placed(location.storage) });
  return { tensors: new Map([...tensors].map(([name, location]) => [name, place(location)])), others };
}
