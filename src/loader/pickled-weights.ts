import type { ZipArchive } from "../container/index.ts";
import type { TensorLocation } from "../core/index.ts";
import { Malformed, Unsupported } from "./refusal.ts";
import { readTorchSave } from "./torch-save.ts";
import { TorchTensor } from "./torch-values.ts";
import type { WeightStore } from "./weight-store.ts";

/** Weights as torch 2.8 and earlier write them: one member that torch.save made of a dict of tensors by name. */
export class PickledWeights implements WeightStore {
  readonly #member: string;
  readonly #tensors: ReadonlyMap<unknown, unknown>;

  constructor(archive: ZipArchive, member: string) {
    this.#member = member;
    // An empty member stands for an empty dict.
    const value = archive.size(member) === 0 ? new Map() : readTorchSave(archive.nested(member));
    if (!(value instanceof Map)) throw new Malformed(`${member} holds no dict of tensors`);
    this.#tensors = value;
  }

  locate(name: string): TensorLocation {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new Malformed(`${this.#member} lacks the weight ${name}`);
    if (!(tensor instanceof TorchTensor))
      throw new Unsupported(`the weight ${name}, no plain tensor`, "export plain tensors");
    return tensor.location;
  }
}
