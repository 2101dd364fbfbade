import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { defineConfig, type Plugin } from "rolldown";

/** Lets the maps of the compiler be followed, so that those of the bundle lead to `src/`. */
const sourceMaps: Plugin = {
  name: "source-maps",
  load(file) {
    if (!existsSync(`${file}.map`)) return null;
    return { code: readFileSync(file, "utf8"), map: readFileSync(`${file}.map`, "utf8") };
  },
};

/** What is published: a few files in place of hundreds. See docs/adr/0012-a-few-files-are-published.md. */
export default defineConfig({
  input: {
    index: "dist/index.js",
    server: "dist/server/index.js",
    client: "dist/client/index.js",
    cli: "dist/cli/main.js",
    worker: "dist/workers/worker.js",
    "codec-thread": "dist/server/codec/codec-thread.js",
  },
  platform: "node",
  external: (id) => !id.startsWith(".") && !path.isAbsolute(id),
  plugins: [sourceMaps],
  // One folder: threads are started by the names of files beside the one that starts them.
  output: { dir: "dist/bundle", cleanDir: true, sourcemap: true, chunkFileNames: "[name]-[hash].js" },
});
