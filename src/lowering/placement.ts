import { basename } from "node:path";
import { storageParts } from "../container/index.ts";
import { type Storage, storageByteLength } from "../core/index.ts";
import type { TensorProto } from "./onnx-proto.ts";

/** A tensor of a model of which it is not said yet where its bytes go: all of `storage` are its elements. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly storage: Storage;
}

/** The fields of a tensor that hold its bytes or tell where they are. */
export type TensorBytes = Pick<TensorProto, "rawData" | "externalData" | "dataLocation">;

/** Decides where the bytes of a tensor go. */
export type Placement = (storage: Storage) => TensorBytes;

/** A range of the file called `location` in the folder of the model. */
export function externalBytes(location: string, offset: number, length: number): TensorBytes {
  const externalData = [
    { key: "location", value: location },
    { key: "offset", value: String(offset) },
    { key: "length", value: String(length) },
  ];
  return { externalData, dataLocation: 1 };
}

/** Leaves what is in a file there. */
export function inPlace(storage: Storage): TensorBytes {
  if (storage.kind === "memory") return { rawData: storage.bytes };
  return externalBytes(basename(storage.path), storage.offset, storage.byteLength);
}

/** Takes everything into the model, reading it while the model is encoded. */
export function embedded(storage: Storage): TensorBytes {
  return { rawData: { byteLength: storageByteLength(storage), parts: () => storageParts(storage) } };
}
