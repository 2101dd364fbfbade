import type { ApiKey } from "./api-key.ts";

/** What the holder of a key may do. */
export interface Grant {
  /** The key's name. */
  readonly name: string;
  readonly repository: boolean;
  allows(model: string): boolean;
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

export function grantOf({ name, models, repository = false }: ApiKey): Grant {
  const allows = (model: string): boolean => models?.some((pattern) => matches(pattern, model)) ?? true;
  return { name, repository, allows };
}
