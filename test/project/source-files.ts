import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT: string = path.resolve(import.meta.dirname, "../..");

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The TypeScript files below a folder of the repository. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.join(folder, name))
    .map((name) => ({ path: name.split(path.sep).join("/"), text: readFileSync(path.join(ROOT, name), "utf8") }));
}
