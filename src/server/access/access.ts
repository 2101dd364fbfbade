import { createHash, timingSafeEqual } from "node:crypto";
import { RelayError } from "../../core/index.ts";
import type { ApiKey } from "./api-key.ts";
import { type Grant, grantOf } from "./grant.ts";

/** Gives a header, or an entry of gRPC metadata. @param name in lower case */
export type HeaderOf = (name: string) => string | undefined;

const BEARER = /^bearer +(\S+) *$/i;

/** Undefined: there is none. A scheme other than Bearer, such as a proxy may leave there, is no key. */
export function presentedKey(header: HeaderOf): string | undefined {
  return BEARER.exec(header("authorization") ?? "")?.[1] ?? header("x-api-key");
}

interface Entry {
  readonly digest: Buffer;
  readonly grant: Grant;
}

/** The keys of a server. */
export class Access {
  readonly #entries: readonly Entry[];

  constructor(keys: readonly ApiKey[]) {
    this.#entries = keys.map((key) => ({ digest: Buffer.from(key.sha256, "hex"), grant: grantOf(key) }));
  }

  /** Takes the same time whichever key it is, and whether it is one. @throws RelayError KEY_REQUIRED, KEY_UNKNOWN */
  check(presented: string | undefined): Grant {
    if (presented === undefined) throw new RelayError("KEY_REQUIRED", {});
    const digest = createHash("sha256").update(presented).digest();
    let found: Grant | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.grant;
    }
    if (!found) throw new RelayError("KEY_UNKNOWN", {});
    return found;
  }
}
