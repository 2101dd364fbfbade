import { type ByteSource, ZipArchive } from "../container/index.ts";
import { ARCHIVE_FORMATS } from "./archive-formats.ts";
import { BYTE_FORMATS } from "./byte-formats.ts";
import { ADVICE_EXPORT, type Finding, type FormatRow } from "./finding.ts";

/** A tar header, the longest signature, takes 512 bytes. */
const HEAD_BYTES = 1024;
const ZIP_MAGICS: readonly string[] = ["PK\x03\x04", "PK\x05\x06"];

function firstMatch<Subject>(rows: readonly FormatRow<Subject>[], subject: Subject): Finding | undefined {
  const row = rows.find(({ matches }) => matches(subject));
  return row && { format: row.format, found: row.found, advice: row.advice, isModel: row.isModel };
}

function unknown(bytes: Uint8Array): Finding {
  const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return {
    format: "unknown",
    found: `of an unknown format (it begins with ${hex})`,
    advice: ADVICE_EXPORT,
    isModel: false,
  };
}

/**
 * What a file is, by its content and never by its name.
 * @throws RelayError FILE_CORRUPT when it begins as a zip archive but is not a whole one
 */
export function identify(source: ByteSource): Finding {
  const bytes = source.read(0, Math.min(source.size, HEAD_BYTES));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  if (!ZIP_MAGICS.some((magic) => text.startsWith(magic)))
    return firstMatch(BYTE_FORMATS, { bytes, text }) ?? unknown(bytes);
  const archive = new ZipArchive(source);
  return { ...(firstMatch(ARCHIVE_FORMATS, archive) ?? unknown(bytes)), archive };
}
