import { type JsonSchema, schemaCheck } from "../../container/index.ts";

/** A key that clients may present, by its hash: what holds it is no secret. */
export interface ApiKey {
  /** Who has it, for logs. */
  readonly name: string;
  /** SHA-256 of the key in hexadecimal digits. */
  readonly sha256: string;
  /** Names of models, the last character of each perhaps `*`. Default: all. */
  readonly models?: readonly string[];
  /** Whether it is good for the repository calls. Default false. */
  readonly repository?: boolean;
}

const API_KEY: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1, maxLength: 100, pattern: "^[!-~]+$" },
    sha256: { type: "string", pattern: "^[0-9a-fA-F]{64}$" },
    models: { type: "array", items: { type: "string", pattern: "^[^*]*\\*?$", minLength: 1 } },
    repository: { type: "boolean" },
  },
  required: ["name", "sha256"],
  additionalProperties: false,
};

/** What a file of keys holds. */
export const API_KEYS: JsonSchema = {
  type: "object",
  properties: { keys: { type: "array", items: API_KEY } },
  required: ["keys"],
  additionalProperties: false,
};

const check = schemaCheck(API_KEYS);

function repeated(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) < i);
}

/** What is wrong with keys, in words; undefined when they are well-formed. @param value as {@link API_KEYS} */
export function keysProblem(value: unknown, what: string): string | undefined {
  const problem = check(value, what);
  if (problem !== undefined) return problem;
  const { keys } = value as { readonly keys: readonly ApiKey[] };
  const name = repeated(keys.map((key) => key.name));
  if (name !== undefined) return `${what} has two keys of the name ${name}`;
  const hash = repeated(keys.map(({ sha256 }) => sha256.toLowerCase()));
  return hash === undefined ? undefined : `${what} has the same key twice`;
}
