import { type Zippable, zipSync } from "fflate";
import type { Tensor } from "../core/index.ts";
import type { ByteSource } from "./byte-source.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { ZipArchive } from "./zip.ts";

/** An array of an `.npz` file and its name, without `.npy`. */
export type NamedTensor = readonly [name: string, tensor: Tensor];

/** A fixed date makes equal tensors equal files. */
const MODIFIED = "1980-01-01T00:00:00";

/** The arrays of an `.npz` file in the order of the file. @throws RelayError FILE_CORRUPT, TENSOR_INVALID, LIMIT_EXCEEDED */
export function readNpz(source: ByteSource): readonly NamedTensor[] {
  const archive = new ZipArchive(source, { root: "keep" });
  return archive.names.map((member) => {
    const name = member.replace(/\.npy$/, "");
    return [name, readNpy(archive.read(member), `${source.name}: ${member}`)];
  });
}

/** An uncompressed `.npz` file, as numpy.savez writes. Names must differ. */
export function writeNpz(tensors: readonly NamedTensor[]): Uint8Array {
  const members: Zippable = Object.fromEntries(tensors.map(([name, tensor]) => [`${name}.npy`, writeNpy(tensor)]));
  return zipSync(members, { level: 0, mtime: MODIFIED });
}
