import { printable } from "../container/index.ts";
import { LIMITS, type LimitName, RelayError } from "../core/index.ts";

/** What to do about files that say what only a newer torch knows. */
export const EXPORT_WITH_KNOWN = "export the model with torch 2.6 to 2.14";

/** A file that breaks the rules of its format. Internal to this folder: {@link refusal} adds the file's name. */
export class Malformed extends Error {}

/** A well-formed file that asks for what torchrelay does not do. Internal to this folder. */
export class Unsupported extends Error {
  readonly hint: string;

  constructor(feature: string, hint: string) {
    super(feature);
    this.hint = hint;
  }
}

/** A file beyond a named limit. Internal to this folder. */
export class Excess extends Error {
  readonly limit: LimitName;
  readonly given: number;

  constructor(what: string, given: number, limit: LimitName) {
    super(what);
    this.given = given;
    this.limit = limit;
  }
}

/** The public form of an error that arose while `file` was read. */
export function refusal(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const said = printable(error.message);
  if (error instanceof Malformed) return new RelayError("FILE_CORRUPT", { file, problem: said });
  if (error instanceof Unsupported) {
    return new RelayError("MODEL_UNSUPPORTED", { file, feature: said, hint: error.hint });
  }
  if (error instanceof Excess) {
    const { given, limit } = error;
    return new RelayError("LIMIT_EXCEEDED", { file, what: said, given, limit, allowed: LIMITS[limit] });
  }
  return error;
}
