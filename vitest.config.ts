import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "conformance/**/*.test.ts"],
    globalSetup: "test/temporary-folder.ts",
    pool: "forks",
    testTimeout: 30_000,
  },
});
