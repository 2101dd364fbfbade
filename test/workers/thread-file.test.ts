import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { threadFile } from "../../src/workers/index.ts";

test("a thread's file is the one beside the code that starts it", () => {
  expect(fileURLToPath(threadFile("./thread-file.test.ts", import.meta.url))).toBe(
    path.join(import.meta.dirname, "thread-file.test.ts"),
  );
});

// A bundler puts code elsewhere, and leaves no `import.meta.url` where it makes CommonJS.
test.each(["file:///elsewhere/bundle.js", undefined])("beside %s it is missing", (base) => {
  expect(() => threadFile("./worker.js", base as string)).toThrow(
    expect.objectContaining({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("bundlers must leave torchrelay and its dependencies external"),
    }),
  );
});
