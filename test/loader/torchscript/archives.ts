import { readFileSync } from "node:fs";
import { MemorySource, ZipArchive } from "../../../src/container/index.ts";
import { refusal } from "../../../src/loader/refusal.ts";
import { readTorchScript } from "../../../src/loader/torchscript/archive/read-torchscript.ts";
import type { ScriptArchive } from "../../../src/loader/torchscript/archive/script-archive.ts";
import { type Members, zipOf } from "../programs.ts";

export const FOLDER = "test/fixtures/torchscript/";

/** Reads an archive; what it throws is in the public form. */
export function readBytes(bytes: Uint8Array, name = "test.pt"): ScriptArchive {
  try {
    return readTorchScript(new ZipArchive(new MemorySource(bytes, name)));
  } catch (error) {
    throw refusal(name, error);
  }
}

export function readFixture(name: string): ScriptArchive {
  return readBytes(readFileSync(FOLDER + name), name);
}

/** Members of a fixture by name, for tests to change. */
export function scriptMembers(name: string): Members {
  const archive = new ZipArchive(new MemorySource(readFileSync(FOLDER + name), name));
  return Object.fromEntries(archive.names.map((member) => [member, archive.read(member)]));
}

/** The fixture with some of its members changed; undefined takes a member out. */
export function readChanged(
  name: string,
  changes: Readonly<Record<string, Uint8Array | string | undefined>>,
): ScriptArchive {
  const members = { ...scriptMembers(name), ...changes };
  const kept = Object.entries(members).filter(
    (entry): entry is [string, Uint8Array | string] => entry[1] !== undefined,
  );
  return readBytes(zipOf(Object.fromEntries(kept)));
}
