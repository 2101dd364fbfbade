import { randomBytes } from "node:crypto";

/** What may stand in a log and in a header as it is. */
const WELL_FORMED = /^[\w.:/+=@-]{1,128}$/;

/** Names of requests: those that clients or proxies gave them, or new ones. */
export class RequestIds {
  readonly #prefix = randomBytes(6).toString("base64url");
  #count = 0;

  of(given: string | undefined): string {
    if (given !== undefined && WELL_FORMED.test(given)) return given;
    return `${this.#prefix}-${(++this.#count).toString(36)}`;
  }
}
