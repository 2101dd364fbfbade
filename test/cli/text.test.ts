import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { elements } from "../../src/cli/elements.ts";
import { formatBytes, formatMs, formatNumber } from "../../src/cli/format.ts";
import { toJson } from "../../src/cli/json.ts";
import { barLine, spinnerLine } from "../../src/cli/progress.ts";
import { formatTable } from "../../src/cli/table.ts";
import { summarize } from "../../src/cli/tensor-summary.ts";
import { harmless } from "../../src/cli/terminal.ts";
import { writeTogether, writeWhole } from "../../src/cli/write-file.ts";
import { fromFloat16, Tensor, toBfloat16 } from "../../src/core/index.ts";
import { scratch } from "./torchrelay.ts";

test("JSON keeps every number", () => {
  const value = {
    big: 2n ** 63n - 1n,
    nan: Number.NaN,
    low: Number.NEGATIVE_INFINITY,
    zero: -0,
    none: undefined,
    list: [1.5, null, 'a"'],
  };
  expect(toJson(value)).toBe(
    '{"big":9223372036854775807,"nan":"NaN","low":"-Infinity","zero":-0,"list":[1.5,null,"a\\""]}',
  );
  expect(toJson([undefined])).toBe("[null]");
});

test("16-bit floats are read as IEEE 754 and bfloat16 say", () => {
  const patterns = [0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x7e00];
  const values = [0, 1, -2, 65504, 2 ** -24, 2 ** -14, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  expect(patterns.map(fromFloat16)).toEqual(values);
  const brain = new Tensor("bfloat16", Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0x0001), [4]);
  expect([...elements(brain)]).toEqual([1, -3.140625, Number.POSITIVE_INFINITY, 9.183549615799121e-41]);
});

test("float32 becomes the nearest bfloat16, ties to even", () => {
  // torch.tensor([...]).bfloat16().view(torch.uint16)
  const values = Float32Array.of(
    1,
    1.00390625,
    1.01171875,
    -0,
    3.4028234663852886e38,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  );
  expect([...toBfloat16(values)]).toEqual([0x3f80, 0x3f80, 0x3f82, 0x8000, 0x7f80, 0x7fc0, 0xff80]);
});

test("summaries are exact for integers, skip NaN, and count truth", () => {
  expect(summarize(new Tensor("int64", BigInt64Array.of(2n ** 60n, -1n), [2]))).toMatchObject({
    min: -1n,
    max: 2n ** 60n,
  });
  const ratios = new Tensor("float32", Float32Array.of(1, Number.NaN, 3), [3]);
  expect(summarize(ratios)).toEqual({ min: 1, max: 3, mean: 2, nans: 1 });
  expect(summarize(new Tensor("bool", Uint8Array.of(1, 0, 0, 1), [4]))).toEqual({ min: 0, max: 1, mean: 0.5, nans: 0 });
  expect(summarize(new Tensor("float32", new Float32Array(), [0]))).toBeUndefined();
  const complex = new Tensor("complex64", Float32Array.of(1, 2), [1]);
  expect(summarize(complex)).toBeUndefined();
  expect([...elements(complex)]).toEqual([[1, 2]]);
});

test("table columns align whatever colour their cells have", () => {
  const columns = [{ title: "name" }, { title: "n", align: "right" as const }];
  expect(
    formatTable(columns, [
      ["\u001b[31ma\u001b[39m", "1"],
      ["long\nname", "100"],
    ]),
  ).toBe("name         n\n\u001b[31ma\u001b[39m            1\nlong name  100\n");
});

test("control characters from a file do not reach a terminal", () => {
  expect(harmless("a\u001b[31mred\u001b[39m\n")).toBe("a\u001b[31mred\u001b[39m\n");
  expect(harmless("\u001b]0;title\u0007\u001b[2J\u009b2J\r")).toBe(
    "\u{FFFD}]0;title\u{FFFD}\u{FFFD}[2J\u{FFFD}2J\u{FFFD}",
  );
});

test("numbers, sizes and durations have few digits", () => {
  expect([0, 896, 1024, 957_952, 347_912_399].map(formatBytes)).toEqual([
    "0 B",
    "896 B",
    "1.0 KiB",
    "935.5 KiB",
    "331.8 MiB",
  ]);
  expect([0.274, 12.06, 153.4, 21_000].map(formatMs)).toEqual(["0.27 ms", "12.1 ms", "153 ms", "21.0 s"]);
  expect([0.1 + 0.2, 1 / 3, 1e30].map(formatNumber)).toEqual(["0.3", "0.33333", "1e+30"]);
});

test("progress says how far it is", () => {
  expect(spinnerLine("loading m.pt2", 3210)).toMatch(/^. loading m\.pt2, 3\.2 s$/);
  expect(barLine(0, 8, 500)).toBe("[------------------------] 0/8 requests");
  expect(barLine(2500, 10_000, 2000)).toBe("[######------------------] 2,500/10,000 requests, 1,250/s, 6.0 s left");
});

test("a file is written wholly, under its name or the name it links to", () => {
  const folder = scratch();
  writeFileSync(path.join(folder, "real.md"), "old");
  symlinkSync("real.md", path.join(folder, "link.md"));
  writeWhole(path.join(folder, "link.md"), "new");
  expect(readFileSync(path.join(folder, "real.md"), "utf8")).toBe("new");
  expect(readdirSync(folder).sort()).toEqual(["link.md", "real.md"]);
});

test("a file that cannot be written says why", () => {
  const folder = scratch();
  mkdirSync(path.join(folder, "taken.md"));
  expect(() => writeWhole(path.join(folder, "taken.md"), "")).toThrow(/it is a folder or a device/);
  expect(() => writeWhole(path.join(folder, "missing/a.md"), "")).toThrow(/there is no such folder/);
});

test("files that belong together appear together or not at all", () => {
  const folder = scratch();
  const files = ["a", "b"].map((name) => path.join(folder, name));
  const [first = "", second = ""] = files;
  function* failing(): Generator<string> {
    yield "some";
    throw new Error("the source is gone");
  }
  const broken = [
    { file: first, parts: ["whole"] },
    { file: second, parts: failing() },
  ];
  expect(() => writeTogether(broken)).toThrow(/cannot write .*b: the source is gone/);
  expect(readdirSync(folder)).toEqual([]);
  writeTogether(files.map((file) => ({ file, parts: ["in ", Buffer.from("parts")] })));
  expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(["in parts", "in parts"]);
});
