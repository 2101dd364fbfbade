import path from "node:path";
import { type ByteSource, FileSource, parseJson } from "../../container/index.ts";
import { LIMITS, type TensorLocation } from "../../core/index.ts";
import { asObject, asString } from "../json-fields.ts";
import { Excess, Malformed, refusal } from "../refusal.ts";
import type { Contents } from "./contents.ts";

/** A file beside the index, by its base name. Links may lead elsewhere, as in the caches of Hugging Face. */
function shardPath(folder: string, name: string): string {
  const isPlain = name !== "" && name !== "." && name !== ".." && !/[/\\\0:]/.test(name);
  if (!isPlain) throw new Malformed(`the shard ${name} is not a file in the folder of the index`);
  return path.join(folder, name);
}

function readShard(file: string, read: (source: ByteSource) => Contents): Contents {
  const source = new FileSource(file);
  try {
    return read(source);
  } catch (error) {
    throw refusal(source.name, error);
  } finally {
    source.close();
  }
}

/** Which shard holds each tensor. */
function readIndex(source: ByteSource): readonly (readonly [tensor: string, shard: string])[] {
  if (source.size > LIMITS.safetensorsHeaderBytes) {
    throw new Excess("its size", source.size, "safetensorsHeaderBytes");
  }
  const index = asObject(parseJson(source.read(0, source.size), source.name, { duplicateKeys: "refuse" }), "the index");
  const map = Object.entries(asObject(index["weight_map"], "weight_map"));
  return map.map(([tensor, shard]) => [tensor, asString(shard, `the shard of ${tensor}`)]);
}

/** The tensors of several files in `folder`, as their index (`*.safetensors.index.json`) names them. */
export function readShards(source: ByteSource, folder: string, read: (shard: ByteSource) => Contents): Contents {
  const index = readIndex(source);
  const paths = new Map(index.map(([, shard]) => [shard, shardPath(folder, shard)]));
  const shards = new Map([...paths].map(([shard, file]) => [shard, readShard(file, read).tensors]));
  const tensors = index.map(([name, shard]): [string, TensorLocation] => {
    const location = shards.get(shard)?.get(name);
    if (!location) throw new Malformed(`the shard ${shard} has no tensor ${name}`);
    return [name, location];
  });
  return { tensors: new Map(tensors), others: [] };
}
