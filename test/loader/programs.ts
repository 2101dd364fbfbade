import { readFileSync } from "node:fs";
import { FileSource, MemorySource, ZipArchive } from "../../src/container/index.ts";
import type { Program } from "../../src/graph/index.ts";
import { loadProgram } from "../../src/loader/index.ts";
import { writeZip } from "../container/zip-writer.ts";

export const FOLDER = "test/fixtures/pt2/";

/** The fixtures that hold one and the same program, as torch of various versions writes it. */
export const MLPS: readonly string[] = [
  "mlp-2.13.pt2",
  "mlp-2.13-deflated.pt2",
  "mlp-2.8.pt2",
  "mlp-2.6.pt2",
  "mlp-2.6-deflated.pt2",
  "mlp-2.4.pt2",
];

export function loadFile(name: string): Program {
  const source = new FileSource(FOLDER + name);
  try {
    return loadProgram(source);
  } finally {
    source.close();
  }
}

export function loadBytes(bytes: Uint8Array): Program {
  return loadProgram(new MemorySource(bytes, "test.pt2"));
}

/** Members of an archive by name, for tests to change. */
export type Members = Record<string, Uint8Array | string>;

export function membersOf(name: string): Members {
  const archive = new ZipArchive(new MemorySource(readFileSync(FOLDER + name), name));
  return Object.fromEntries(archive.names.map((member) => [member, archive.read(member)]));
}

export function zipOf(members: Members): Uint8Array {
  return writeZip(Object.entries(members).map(([name, data]) => ({ name, data })));
}

/** A JSON member with every `before` of its text replaced by `after`; the text must occur. */
export function replaced(member: Uint8Array | string | undefined, before: string, after: string): string {
  const text = Buffer.from((member ?? "") as Uint8Array).toString();
  if (!text.includes(before)) throw new Error(`the member has no ${before}`);
  return text.replaceAll(before, after);
}
