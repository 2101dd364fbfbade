import { storageParts } from "../container/index.ts";
import { type Storage, storageByteLength } from "../core/index.ts";
import { embedded, externalBytes, type TensorBytes } from "./placement.ts";

/** Offsets are multiples of this, as ONNX advises, so that tensors can be mapped on their own. */
const PAGE_BYTES = 4096;
/** Smaller tensors stay in the model, where shape inference finds the constants it needs. */
const SMALLEST_BYTES = 1024;

/** Lays out the file of external data that goes with a model. */
export class DataFile {
  readonly #name: string;
  readonly #storages: Storage[] = [];
  #byteLength = 0;

  /** @param name without a folder: the file lies beside the model */
  constructor(name: string) {
    this.#name = name;
  }

  /** A place for the bytes: in this file, or in the model when they are few. */
  place(storage: Storage): TensorBytes {
    const length = storageByteLength(storage);
    if (length < SMALLEST_BYTES) return embedded(storage);
    const offset = this.#byteLength;
    this.#storages.push(storage);
    this.#byteLength = Math.ceil((offset + length) / PAGE_BYTES) * PAGE_BYTES;
    return externalBytes(this.#name, offset, length);
  }

  /** The content of the file in order, a part at a time. @throws RelayError FILE_UNREADABLE */
  *content(): Generator<Uint8Array> {
    for (const storage of this.#storages) {
      yield* storageParts(storage);
      yield new Uint8Array(-storageByteLength(storage) & (PAGE_BYTES - 1));
    }
  }
}
