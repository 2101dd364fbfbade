import { expect, test } from "vitest";
import { parseCpuMax } from "../../src/util/cpu-budget.ts";
import { ByteReader, ManualClock, nearestName, OutOfBoundsError, systemClock } from "../../src/util/index.ts";

test("a manual clock fires what falls due, in order, and what that sets", () => {
  const clock = new ManualClock();
  const seen: [string, number][] = [];
  const note = (name: string) => () => seen.push([name, clock.now()]);
  clock.after(30, note("c"));
  clock.after(10, () => {
    note("a")();
    clock.after(5, note("b"));
  });
  const cancel = clock.after(20, note("never"));
  cancel();
  clock.advance(100);
  expect(seen).toEqual([
    ["a", 10],
    ["b", 15],
    ["c", 30],
  ]);
  expect(clock.now()).toBe(100);
});

test("the system clock can take a timer back", () => {
  const cancel = systemClock.after(1e6, () => {});
  cancel();
  expect(systemClock.now()).toBeGreaterThan(0);
});

test("a byte reader reads little-endian and never past the end", () => {
  const bytes = new Uint8Array([1, 2, 0, 3, 0, 0, 0, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0, 9]);
  const reader = new ByteReader(bytes);
  expect([reader.uint8(), reader.uint16(), reader.uint32(), reader.int32(), reader.uint64()]).toEqual([
    1,
    2,
    3,
    -1,
    1n,
  ]);
  expect([...reader.take(1), reader.remaining]).toEqual([9, 0]);
  for (const read of [
    () => reader.uint8(),
    () => reader.take(-1),
    () => reader.skip(Number.NaN),
    () => new ByteReader(bytes, -4).uint32(),
  ]) {
    expect(read).toThrow(OutOfBoundsError);
  }
});

test.each([
  ["worker", ["workers", "warmupMs"], "workers"],
  ["Input_ids", ["input_ids", "attention_mask"], "input_ids"],
  ["aten.ralu.default", ["aten.relu.default", "aten.gelu.default"], "aten.relu.default"],
  ["xyz", ["workers"], undefined],
])("nearest to %s", (name, candidates, nearest) => {
  expect(nearestName(name, candidates)).toBe(nearest);
});

test.each([
  ["200000 100000", 2],
  ["50000 100000", 0.5],
  ["max 100000", undefined],
  ["-1 100000", undefined],
  ["undefined undefined", undefined],
  [undefined, undefined],
])("cpu.max %s grants %s cores", (text, cores) => {
  expect(parseCpuMax(text)).toBe(cores);
});
