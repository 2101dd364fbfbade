import type { JsonObject, ZipArchive } from "../container/index.ts";
import { DTYPES, type Storage, type TensorLocation } from "../core/index.ts";
import { asObject, asString } from "./json-fields.ts";
import { Malformed, Unsupported } from "./refusal.ts";
import { checkedLocation } from "./tensor-location.ts";
import { type HintedDim, type TensorMeta, TensorMetaReader } from "./tensor-meta.ts";
import type { WeightStore } from "./weight-store.ts";

function known({ dim }: HintedDim): number {
  if (typeof dim !== "number") throw new Malformed("a weight has a symbolic size");
  return dim;
}

/** PyTorch writes no bytes for the storage of a fake tensor, which stands for zeros. */
function zeros(meta: TensorMeta): TensorLocation {
  const { dtype, sizes } = meta;
  const bytes = new Uint8Array(DTYPES[dtype].bytes);
  return {
    storage: { kind: "memory", bytes },
    dtype,
    shape: sizes.map(known),
    strides: sizes.map(() => 0),
    storageOffset: 0,
  };
}

/** Weights as torch 2.9 and later write them: a member for each storage, and a JSON member that says which is where. */
export class RawWeights implements WeightStore {
  readonly #archive: ZipArchive;
  readonly #folder: string;
  readonly #config: JsonObject;
  readonly #storages = new Map<string, Storage>();
  readonly #metas = new TensorMetaReader();

  constructor(archive: ZipArchive, folder: string, config: JsonObject) {
    this.#archive = archive;
    this.#folder = folder;
    this.#config = config;
  }

  locate(name: string): TensorLocation {
    const entry = this.#config[name];
    if (entry === undefined) throw new Malformed(`the weight ${name} is missing`);
    const { path_name: path, use_pickle: isPickled, tensor_meta: json } = asObject(entry, `the entry of ${name}`);
    if (isPickled === true) throw new Unsupported(`the weight ${name}, a tensor subclass`, "export plain tensors");
    const meta = this.#metas.meta(json);
    const member = `${this.#folder}/${asString(path, "a weight's path")}`;
    if (this.#archive.size(member) === 0) return zeros(meta);
    return checkedLocation(
      {
        storage: this.#storage(member),
        dtype: meta.dtype,
        shape: meta.sizes.map(known),
        strides: meta.strides.map(known),
        storageOffset: known(meta.storageOffset),
      },
      `the weight ${name}`,
    );
  }

  /** One storage object for each member, so that what shares memory in PyTorch shares it here. */
  #storage(member: string): Storage {
    const storage = this.#storages.get(member) ?? this.#archive.storage(member);
    this.#storages.set(member, storage);
    return storage;
  }
}
