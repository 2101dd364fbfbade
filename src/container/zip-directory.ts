import type { Limits } from "../core/index.ts";
import { ByteReader, OutOfBoundsError } from "../util/index.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkLimit, corrupt } from "./refusals.ts";

/** A member as the central directory declares it. */
export interface ZipEntry {
  readonly path: string;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerOffset: number;
  /** Where the next member, or the directory, begins. */
  readonly endOffset: number;
}

interface Directory {
  readonly count: number;
  readonly offset: number;
  readonly size: number;
}

type Parsed = Omit<ZipEntry, "endOffset">;

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const ENTRY_SIGNATURE = 0x02014b50;
export const LOCAL_HEADER_BYTES = 30;
/** The mean size up to which the directory is believed, names and extra fields included. */
const MAX_BYTES_PER_ENTRY = 1024;
const ZIP64_FIELD = 0x0001;
const IN_ZIP64_FIELD = 0xffffffff;

const UTF8 = new TextDecoder();

function safeNumber(value: bigint, source: ByteSource): number {
  if (value > BigInt(source.size)) throw corrupt(source.name, `its zip directory speaks of byte ${value}`);
  return Number(value);
}

/** The offset of the end record, whose comment must reach exactly to the end of the file. */
function findEnd(source: ByteSource): number {
  const start = Math.max(0, source.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = new ByteReader(source.read(start, source.size - start));
  for (let at = tail.bytes.length - END_BYTES; at >= 0; at--) {
    tail.offset = at;
    if (tail.uint32() !== END_SIGNATURE) continue;
    tail.skip(16);
    if (tail.uint16() === tail.remaining) return start + at;
  }
  throw corrupt(source.name, "a zip archive without its directory at the end; the file is probably incomplete");
}

/** The ZIP64 end record, or undefined when the archive has none. */
function readEnd64(source: ByteSource, endOffset: number): Directory | undefined {
  if (endOffset < LOCATOR_BYTES) return undefined;
  const locator = new ByteReader(source.read(endOffset - LOCATOR_BYTES, LOCATOR_BYTES));
  if (locator.uint32() !== LOCATOR_SIGNATURE) return undefined;
  locator.skip(4);
  const end = new ByteReader(source.read(safeNumber(locator.uint64(), source), END64_BYTES));
  if (end.uint32() !== END64_SIGNATURE) throw corrupt(source.name, "its ZIP64 end record is missing");
  end.skip(28);
  const count = safeNumber(end.uint64(), source);
  const size = safeNumber(end.uint64(), source);
  return { count, size, offset: safeNumber(end.uint64(), source) };
}

function readEnd(source: ByteSource, endOffset: number): Directory {
  const reader = new ByteReader(source.read(endOffset, END_BYTES), 10);
  const count = reader.uint16();
  const size = reader.uint32();
  return { count, size, offset: reader.uint32() };
}

function findDirectory(source: ByteSource, limits: Limits): Directory {
  const endOffset = findEnd(source);
  const directory = readEnd64(source, endOffset) ?? readEnd(source, endOffset);
  checkLimit(source.name, "the number of members of the zip archive", directory.count, "zipMembers", limits);
  if (directory.offset + directory.size > endOffset || directory.size > limits.zipMembers * MAX_BYTES_PER_ENTRY) {
    throw corrupt(source.name, `its zip directory claims ${directory.size} bytes at offset ${directory.offset}`);
  }
  return directory;
}

const UNSAFE_PATH = /(^|\/)\.\.?(\/|$)|^\/|\\|^[A-Za-z]:|\0|\/\//;

function checkPath(path: string, source: ByteSource): string {
  if (path === "" || UNSAFE_PATH.test(path)) {
    throw corrupt(
      source.name,
      `it has a member called ${JSON.stringify(path.slice(0, 200))}, which is not a plain path`,
    );
  }
  return path;
}

/** Replaces those of `fields` (size, packed size, header offset) that say "see the ZIP64 field". */
function resolveZip64(fields: readonly number[], extra: ByteReader, source: ByteSource): readonly number[] {
  if (!fields.includes(IN_ZIP64_FIELD)) return fields;
  while (extra.remaining > 0) {
    const id = extra.uint16();
    const length = extra.uint16();
    if (id === ZIP64_FIELD) {
      return fields.map((field) => (field === IN_ZIP64_FIELD ? safeNumber(extra.uint64(), source) : field));
    }
    extra.skip(length);
  }
  throw corrupt(source.name, "a member of its zip directory lacks its ZIP64 sizes");
}

function readEntry(reader: ByteReader, source: ByteSource): Parsed {
  if (reader.uint32() !== ENTRY_SIGNATURE) throw corrupt(source.name, "its zip directory is garbled");
  reader.skip(4);
  const flags = reader.uint16();
  const method = reader.uint16();
  reader.skip(4);
  const crc32 = reader.uint32();
  const narrowPackedSize = reader.uint32();
  const narrowSize = reader.uint32();
  const [pathBytes, extraBytes, commentBytes] = [reader.uint16(), reader.uint16(), reader.uint16()];
  reader.skip(8);
  const narrowOffset = reader.uint32();
  const path = checkPath(UTF8.decode(reader.take(pathBytes)), source);
  const extra = new ByteReader(reader.take(extraBytes));
  reader.skip(commentBytes);
  const [size = 0, packedSize = 0, headerOffset = 0] = resolveZip64(
    [narrowSize, narrowPackedSize, narrowOffset],
    extra,
    source,
  );
  return { path, flags, method, crc32, packedSize, size, headerOffset };
}

function readEntries(source: ByteSource, { count, offset, size }: Directory): Parsed[] {
  const reader = new ByteReader(source.read(offset, size));
  try {
    const entries = Array.from({ length: count }, () => readEntry(reader, source));
    if (reader.remaining > 0) throw corrupt(source.name, "its zip directory has more entries than it declares");
    return entries;
  } catch (cause) {
    if (cause instanceof OutOfBoundsError) throw corrupt(source.name, "its zip directory is cut short", cause);
    throw cause;
  }
}

/** Adds where each member must end, refusing members that share bytes. */
function withEnds(entries: readonly Parsed[], directoryOffset: number, source: ByteSource): ZipEntry[] {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  return sorted.map((entry, i) => {
    const endOffset = sorted[i + 1]?.headerOffset ?? directoryOffset;
    if (entry.headerOffset + LOCAL_HEADER_BYTES + entry.packedSize > endOffset) {
      throw corrupt(source.name, `its zip member ${entry.path} overlaps what follows it`);
    }
    return { ...entry, endOffset };
  });
}

/** The members of a zip archive, ZIP64 included, in the order of their bytes. */
export function readZipDirectory(source: ByteSource, limits: Limits): readonly ZipEntry[] {
  const directory = findDirectory(source, limits);
  return withEnds(readEntries(source, directory), directory.offset, source);
}
