import type { JsonValue } from "../container/index.ts";
import { asInteger, isObject } from "./json-fields.ts";
import { EXPORT_WITH_KNOWN, Unsupported } from "./refusal.ts";

/** torch 2.3 writes schema 5.1, torch 2.14 writes 8.20; minor versions only add. */
const OLDEST_MAJOR = 5;
const NEWEST_MAJOR = 8;

/** `major.minor` of the export's schema. @throws Unsupported for majors whose rules are not known here */
export function readSchemaVersion(value: JsonValue | undefined): string {
  const fields = isObject(value) ? value : { major: value ?? null, minor: 0 };
  const major = asInteger(fields["major"], "the schema version");
  const version = `${major}.${asInteger(fields["minor"], "the schema version")}`;
  if (major >= OLDEST_MAJOR && major <= NEWEST_MAJOR) return version;
  const age = major < OLDEST_MAJOR ? "from before torch 2.3" : "from a torch newer than this torchrelay";
  throw new Unsupported(`export schema ${version}, ${age},`, EXPORT_WITH_KNOWN);
}
