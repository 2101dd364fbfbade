import path from "node:path";
import { type ByteSource, FileSource, type ZipArchive } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import type { Finding } from "../finding.ts";
import { identify } from "../identify.ts";
import { Malformed, refusal, Unsupported } from "../refusal.ts";
import { readTorchSave } from "../torch-save.ts";
import { Checkpoint } from "./checkpoint.ts";
import { CHECKPOINT_NAMES } from "./checkpoint-names.ts";
import type { Contents } from "./contents.ts";
import { flattenTensors } from "./flatten.ts";
import { readLegacyTorchSave } from "./legacy-torch-save.ts";
import { readSafetensors } from "./safetensors.ts";
import { readShards } from "./shards.ts";

interface CheckpointFile {
  readonly source: ByteSource;
  readonly archive: ZipArchive | undefined;
  /** Where an index finds its shards; undefined for bytes in memory, and for the shards themselves. */
  readonly folder: string | undefined;
}

type Reader = (file: CheckpointFile) => Contents;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["torch-save", readZip],
  ["torch-save-legacy", ({ source }) => readLegacyTorchSave(source)],
  ["safetensors", ({ source }) => readSafetensors(source)],
  ["shard-index", readSharded],
]);

const ACCEPTED =
  "programs that torch.export.save wrote (.pt2), and reads checkpoints that torch.save or safetensors wrote";
const HOW_TO_SAVE = 'in PyTorch, write its weights with torch.save(model.state_dict(), "weights.pth")';

function readZip({ archive }: CheckpointFile): Contents {
  if (!archive) throw new Malformed("it is no zip archive");
  return flattenTensors(readTorchSave(archive, CHECKPOINT_NAMES));
}

function readSharded({ source, folder }: CheckpointFile): Contents {
  if (folder === undefined) {
    throw new Unsupported("an index of shards outside a folder", "give the path of the index, beside its shards");
  }
  return readShards(source, folder, (shard) => readContents(shard, identify(shard), undefined));
}

function refuse(file: string, { isModel, found }: Finding): RelayError {
  if (isModel)
    return new RelayError("MODEL_UNSUPPORTED", { file, feature: `${found} as a checkpoint`, hint: HOW_TO_SAVE });
  return new RelayError("FORMAT_UNKNOWN", { file, found, accepted: ACCEPTED });
}

function readContents(source: ByteSource, finding: Finding, folder: string | undefined): Contents {
  const read = READERS.get(finding.format);
  if (!read) throw refuse(source.name, finding);
  return read({ source, archive: finding.archive, folder });
}

function open(source: ByteSource, folder: string | undefined): Checkpoint {
  try {
    const finding = identify(source);
    const contents = readContents(source, finding, folder);
    return new Checkpoint(source.name, finding.found.replace(/^(an?|the) /, ""), contents);
  } catch (error) {
    throw refusal(source.name, error);
  }
}

function openPath(file: string): Checkpoint {
  const source = new FileSource(file);
  try {
    return open(source, path.dirname(file));
  } finally {
    source.close();
  }
}

/** Whether {@link loadCheckpoint} reads files of this format. */
export function isCheckpoint({ format }: Finding): boolean {
  return READERS.has(format);
}

/**
 * The tensors of a checkpoint: a state dict that torch.save wrote, with or without other things around it, a
 * safetensors file, or the index of a sharded one (by its path). Nothing is executed, and no tensor is read before it
 * is asked for. The source may be closed afterwards.
 * @throws RelayError FORMAT_UNKNOWN, MODEL_UNSUPPORTED, FILE_CORRUPT, LIMIT_EXCEEDED, PICKLE_REFUSED, FILE_UNREADABLE
 */
export function loadCheckpoint(file: string | ByteSource): Checkpoint {
  return typeof file === "string" ? openPath(file) : open(file, undefined);
}
