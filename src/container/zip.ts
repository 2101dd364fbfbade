import { crc32, inflateRawSync } from "node:zlib";
import { LIMITS, type LimitName, type Limits, RelayError, type Storage } from "../core/index.ts";
import { ByteReader } from "../util/index.ts";
import type { ByteSource } from "./byte-source.ts";
import { MemorySource } from "./memory-source.ts";
import { checkLimit, corrupt, printable } from "./refusals.ts";
import { SourceRange } from "./source-range.ts";
import { LOCAL_HEADER_BYTES, readZipDirectory, type ZipEntry } from "./zip-directory.ts";

export interface ZipOptions {
  /** Whether a folder that holds all members is left out of their names, as PyTorch's archives want. */
  readonly root?: "strip" | "keep";
  readonly limits?: Limits;
}

const LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
/** DEFLATE cannot shrink more than this. */
const MAX_DEFLATE_RATIO = 1032;

const METHODS: Readonly<Record<number, string>> = {
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "XZ",
};

function commonRoot(paths: readonly string[]): string {
  const [first = ""] = paths;
  const root = first.slice(0, first.indexOf("/") + 1);
  return root !== "" && paths.every((path) => path.startsWith(root)) ? root : "";
}

function checkMethod(file: string, { path, flags, method }: ZipEntry): void {
  const isEncrypted = (flags & ENCRYPTED_FLAG) !== 0;
  if (!isEncrypted && (method === STORED || method === DEFLATED)) return;
  throw new RelayError("MODEL_UNSUPPORTED", {
    file,
    feature: isEncrypted
      ? `the encrypted zip member ${printable(path)}`
      : `${METHODS[method] ?? `method ${method}`} in a zip archive`,
    hint: "zip the file again without a password, with the deflate or the store method",
  });
}

/** How much the deflated members of one file, archives in it included, grew to so far. */
interface Inflation {
  bytes: number;
}

/** A zip archive whose members are located, and read only when asked for. It does not own its source. */
export class ZipArchive {
  readonly names: readonly string[];
  readonly #source: ByteSource;
  readonly #limits: Limits;
  readonly #entries = new Map<string, ZipEntry>();
  #inflation: Inflation = { bytes: 0 };

  /** @throws RelayError FILE_CORRUPT, LIMIT_EXCEEDED */
  constructor(source: ByteSource, { root = "strip", limits = LIMITS }: ZipOptions = {}) {
    this.#source = source;
    this.#limits = limits;
    const entries = readZipDirectory(source, limits);
    const rootBytes = root === "strip" ? commonRoot(entries.map((entry) => entry.path)).length : 0;
    for (const entry of entries) this.#add(entry.path.slice(rootBytes), entry);
    this.names = [...this.#entries.keys()];
  }

  #add(name: string, entry: ZipEntry): void {
    if (entry.path.endsWith("/")) return;
    if (this.#entries.has(name)) throw corrupt(this.#source.name, `it has two zip members called ${entry.path}`);
    this.#entries.set(name, entry);
  }

  /** What messages call the archive. */
  get label(): string {
    return this.#source.name;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The size of a member in bytes, as declared. */
  size(name: string): number {
    return this.#entry(name).size;
  }

  /** The bytes of a member, checked against its checksum. @throws RelayError LIMIT_EXCEEDED beyond `limit` */
  read(name: string, limit: LimitName = "inflatedMemberBytes"): Uint8Array {
    const entry = this.#entry(name);
    checkLimit(this.#source.name, `the size of ${name}`, entry.size, limit, this.#limits);
    const offset = this.#locate(entry);
    const bytes = entry.method === DEFLATED ? this.#inflate(entry, offset) : this.#source.read(offset, entry.size);
    // 0 is what torch.serialization.set_crc32_options(False) writes.
    if (entry.crc32 !== 0 && crc32(bytes) !== entry.crc32) {
      throw corrupt(this.#source.name, `the checksum of ${name} does not match its bytes`);
    }
    return bytes;
  }

  /** Where the bytes of a member lie: a range of the source when stored plainly, else memory. */
  storage(name: string): Storage {
    const entry = this.#entry(name);
    if (entry.method === DEFLATED) return { kind: "memory", bytes: this.read(name) };
    return this.#source.storage(this.#locate(entry), entry.size);
  }

  /** A member that is itself a zip archive. Its own plainly stored members are ranges of the outermost source. */
  nested(name: string): ZipArchive {
    const entry = this.#entry(name);
    const label = `${this.#source.name}: ${name}`;
    const inner =
      entry.method === DEFLATED
        ? new MemorySource(this.read(name), label)
        : new SourceRange(this.#source, this.#locate(entry), entry.size, label);
    const archive = new ZipArchive(inner, { limits: this.#limits });
    archive.#inflation = this.#inflation;
    return archive;
  }

  #entry(name: string): ZipEntry {
    const entry = this.#entries.get(name);
    if (!entry) throw corrupt(this.#source.name, `it has no zip member ${name}`);
    checkMethod(this.#source.name, entry);
    return entry;
  }

  /** The offset of a member's data, which only its local header tells. */
  #locate(entry: ZipEntry): number {
    const header = new ByteReader(this.#source.read(entry.headerOffset, LOCAL_HEADER_BYTES));
    const hasSignature = header.uint32() === LOCAL_SIGNATURE;
    header.skip(4);
    const method = header.uint16();
    header.skip(16);
    const offset = entry.headerOffset + LOCAL_HEADER_BYTES + header.uint16() + header.uint16();
    const isStoredWhole = method !== STORED || entry.size === entry.packedSize;
    if (!hasSignature || method !== entry.method || !isStoredWhole || offset + entry.packedSize > entry.endOffset) {
      throw corrupt(this.#source.name, `the zip member ${entry.path} is not where its directory says`);
    }
    return offset;
  }

  #inflate(entry: ZipEntry, offset: number): Uint8Array {
    const file = this.#source.name;
    const { path, size, packedSize } = entry;
    checkLimit(file, `the inflated size of ${path}`, size, "inflatedMemberBytes", this.#limits);
    checkLimit(
      file,
      "the inflated size of all members",
      this.#inflation.bytes + size,
      "inflatedTotalBytes",
      this.#limits,
    );
    if (size > packedSize * MAX_DEFLATE_RATIO)
      throw corrupt(file, `${path} claims to inflate from ${packedSize} to ${size} bytes`);
    this.#inflation.bytes += size;
    const bytes = inflate(this.#source.read(offset, packedSize), size, file, path);
    if (bytes.length !== size) throw corrupt(file, `${path} inflates to ${bytes.length} bytes, not to ${size}`);
    return bytes;
  }
}

function inflate(packed: Uint8Array, size: number, file: string, path: string): Uint8Array {
  try {
    const options = { maxOutputLength: Math.max(1, size), chunkSize: Math.max(64, Math.min(size, 2 ** 20)) };
    const { buffer, byteOffset, byteLength } = inflateRawSync(packed, options);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    throw corrupt(file, `${path} cannot be inflated to its ${size} bytes`, cause);
  }
}
