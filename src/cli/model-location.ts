import type { RepositoryLocation } from "../engine/index.ts";

/** What comes before the `=` of `NAME=PATH`; a path with a slash before it is none. */
const NAMED = /^([^=/\\]+)=(.+)$/s;

/** The location that an argument `PATH` or `NAME=PATH` tells. */
export function locationOf(argument: string): RepositoryLocation {
  const [, name, path] = NAMED.exec(argument) ?? [];
  return name !== undefined && path !== undefined ? { name, path } : { path: argument };
}
