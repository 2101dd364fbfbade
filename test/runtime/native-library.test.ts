import path from "node:path";
import { expect, test } from "vitest";
import { loadNativeLibrary } from "../../src/runtime/ort/native-library.ts";

test("a library that does not load is an error that says what to do", () => {
  const unavailable = { code: "RUNTIME_UNAVAILABLE", message: expect.stringContaining("install torchrelay") };
  for (const file of [path.join(import.meta.dirname, "libmissing.so"), import.meta.filename]) {
    expect(() => loadNativeLibrary(file)).toThrow(expect.objectContaining(unavailable));
  }
});
