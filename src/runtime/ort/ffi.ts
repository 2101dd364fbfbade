import { createRequire } from "node:module";
import { RelayError } from "../../core/index.ts";

type Koffi = typeof import("koffi");

/** What this folder needs of koffi. */
export type Ffi = Pick<Koffi, "load" | "proto" | "decode" | "view" | "address">;

/** Loads koffi, which throws where there is no build of it. @throws RelayError RUNTIME_UNAVAILABLE */
export function loadFfi(): Ffi {
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    const reason = `koffi does not load: ${(cause as Error).message}`;
    throw new RelayError("RUNTIME_UNAVAILABLE", { reason, hint: PLATFORMS }, { cause });
  }
}

export const PLATFORMS: string =
  "install torchrelay with its dependencies on Linux x64/arm64, macOS arm64 or Windows x64/arm64";
