import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What tests leave in the temporary folder goes with the run. */
export default function setup(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-test-"));
  Object.assign(process.env, { TMPDIR: folder });
  return () => rmSync(folder, { recursive: true, force: true });
}
