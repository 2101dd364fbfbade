import { expect, test } from "vitest";
import { dispensable, plan } from "../../src/server/repository/plan.ts";

const KEPT = { retriesFailed: false };

function current(version: string, identity: string, hasFailed = false): Parameters<typeof plan>[0][number] {
  return { version, identity, hasFailed };
}

function summary(...given: Parameters<typeof plan>): Record<"load" | "keep" | "unload", readonly string[]> {
  const { load, keep, unload } = plan(...given);
  return { load: load.map(({ version }) => version), keep: keep.map(({ version }) => version), unload };
}

test("what is new or has changed is loaded, what is no longer wanted is unloaded", () => {
  const have = [current("1", "a"), current("2", "b"), current("3", "c")];
  const want = [
    { version: "2", identity: "b" },
    { version: "3", identity: "changed" },
    { version: "4", identity: "d" },
  ];
  expect(summary(have, want, KEPT)).toEqual({ load: ["3", "4"], keep: ["2"], unload: ["1"] });
  expect(summary(have, [], KEPT)).toEqual({ load: [], keep: [], unload: ["1", "2", "3"] });
  expect(summary([], want, KEPT)).toEqual({ load: ["2", "3", "4"], keep: [], unload: [] });
});

test("what has failed is tried again when it has changed, or when asked", () => {
  const have = [current("1", "a", true)];
  const same = [{ version: "1", identity: "a" }];
  expect(summary(have, same, KEPT).load).toEqual([]);
  expect(summary(have, same, { retriesFailed: true }).load).toEqual(["1"]);
  expect(summary(have, [{ version: "1", identity: "b" }], KEPT).load).toEqual(["1"]);
});

test("old versions stay while new ones fail", () => {
  expect(dispensable(["1"], { succeeded: 1, failed: 0, found: ["1", "2"] })).toEqual(["1"]);
  expect(dispensable(["1"], { succeeded: 0, failed: 1, found: ["1", "2"] })).toEqual([]);
  expect(dispensable(["1"], { succeeded: 0, failed: 1, found: ["2"] })).toEqual([]);
  expect(dispensable(["1", "2"], { succeeded: 1, failed: 1, found: ["2", "3", "4"] })).toEqual(["1"]);
  expect(dispensable(["1"], { succeeded: 0, failed: 0, found: [] })).toEqual(["1"]);
});
