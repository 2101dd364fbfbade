import { existsSync } from "node:fs";
import { RelayError } from "../core/index.ts";

/**
 * The file that a thread runs, which lies beside the one that starts it, unless a bundler has put the latter elsewhere.
 * @param base `import.meta.url` @throws RelayError RUNTIME_UNAVAILABLE
 */
export function threadFile(name: string, base: string): URL {
  const file = URL.canParse(name, base) ? new URL(name, base) : undefined;
  if (file && existsSync(file)) return file;
  const reason = `${name}, which the threads of torchrelay run, is not beside the code that starts them`;
  throw new RelayError("RUNTIME_UNAVAILABLE", {
    reason,
    hint: "bundlers must leave torchrelay and its dependencies external",
  });
}
