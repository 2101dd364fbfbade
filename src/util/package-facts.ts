import { readFileSync } from "node:fs";

/** What torchrelay's own package.json says. */
export interface PackageFacts {
  readonly version: string;
  /** Node versions it runs on, such as ">=20.19.0". */
  readonly engines: { readonly node: string };
}

export function packageFacts(): PackageFacts {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as PackageFacts;
}
