import { realpathSync, statSync } from "node:fs";
import path from "node:path";
import { type ProtobufRecord, printable } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import { Malformed, Unsupported } from "../refusal.ts";

const EXTERNAL = 1n;
const MERGE = "save the model with its data in files beside it, or in the model file itself";

/** A message and all messages in it. */
function* messages(message: ProtobufRecord): Iterable<ProtobufRecord> {
  yield message;
  for (const child of message.children()) yield* messages(child);
}

function entriesOf(tensor: ProtobufRecord): ReadonlyMap<string, string> {
  const entries = tensor
    .records("externalData")
    .map((entry) => [entry.text("key") ?? "", entry.text("value") ?? ""] as const);
  const map = new Map(entries);
  if (map.size !== entries.length) throw new Malformed("a tensor says twice where its data lie");
  return map;
}

/** A relative path that goes only down. ONNX Runtime takes `*` for a mark of addresses in memory. */
function checkRelative(location: string): void {
  const parts = location.split("/");
  const isPlain = parts.every((part) => part !== "" && part !== "." && part !== "..") && !/[\\\0:*]/.test(location);
  if (!isPlain) throw new Unsupported(`data at ${JSON.stringify(location)}, outside the model's folder,`, MERGE);
}

function sizeWithin(folder: string, location: string): number {
  const file = path.join(folder, location);
  try {
    const real = realpathSync(file);
    if (!real.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)) {
      throw new Unsupported(`data at ${JSON.stringify(location)}, a link out of the model's folder,`, MERGE);
    }
    const stat = statSync(real);
    if (!stat.isFile()) throw new Malformed(`the data at ${location} are no file`);
    return stat.size;
  } catch (cause) {
    if (cause instanceof Malformed || cause instanceof Unsupported) throw cause;
    throw new RelayError(
      "FILE_UNREADABLE",
      { file: printable(file), reason: "the model's data are not there" },
      { cause },
    );
  }
}

function checkRange(entries: ReadonlyMap<string, string>, size: number, location: string): void {
  const [offset = "0", length = "0"] = [entries.get("offset"), entries.get("length")];
  const isLegal = [offset, length].every((digits) => /^[0-9]{1,15}$/.test(digits));
  if (!isLegal || Number(offset) + Number(length) > size)
    throw new Malformed(`data lie beyond the ${size} bytes of ${location}`);
}

/** Checks where the data of a model's tensors lie, in its graph, subgraphs and functions. */
export class ExternalData {
  readonly #folder: string | undefined;
  readonly #sizes = new Map<string, number>();

  /** @param folder the model's own, free of links; undefined for bytes in memory */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Whether the model has data in other files, all of them in its folder. @throws Malformed, Unsupported, RelayError */
  check(model: ProtobufRecord): boolean {
    for (const message of messages(model)) this.#checkTensor(message);
    return this.#sizes.size > 0;
  }

  #checkTensor(tensor: ProtobufRecord): void {
    const entries = entriesOf(tensor);
    const isExternal = BigInt(tensor.integer("dataLocation") ?? 0) === EXTERNAL;
    if (entries.size === 0 && !isExternal) return;
    const location = entries.get("location") ?? "";
    checkRelative(location);
    checkRange(entries, this.#size(location), location);
  }

  #size(location: string): number {
    if (this.#folder === undefined) {
      throw new Unsupported(
        "a model with data in other files, as bytes without a folder,",
        "give the path of the model",
      );
    }
    const size = this.#sizes.get(location) ?? sizeWithin(this.#folder, location);
    this.#sizes.set(location, size);
    return size;
  }
}
