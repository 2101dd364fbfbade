import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { DIGITS, ROOT, scratch, start, torchrelay } from "./torchrelay.ts";

test("--version is that of the package", async () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  expect(await torchrelay("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("--help lists the commands", async () => {
  const { code, stdout, stderr } = await torchrelay("--help");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.match(/^ {2}(run|serve|inspect|convert|doctor)\b/gm)).toHaveLength(5);
});

const WRONG: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /^Usage: torchrelay/],
  [["rnu", "x"], /^error: unknown command 'rnu'\n\(Did you mean run\?\)\n$/],
  [["run"], /^error: missing required argument 'model'\n$/],
  [["run", "x", "--repaet", "3"], /^error: unknown option '--repaet'\n\(Did you mean --repeat\?\)\n$/],
  [["run", "x", "--repeat", "0"], /argument '0' is invalid. It must be a whole number from 1.\n$/],
  [["run", "x", "--workers", "1e3"], /argument '1e3' is invalid/],
  [["run", "x", "--input", "=a.npy"], /argument '=a.npy' is invalid. It must be NAME=FILE.npy.\n$/],
  [["run", "x", "--timeline", "t.svg"], /Its name must end in .md or .json.\n$/],
  [["run", "x", "--output", "o.npy"], /Its name must end in .npz.\n$/],
  [["inspect", "x", "--graph", "--diagram"], /cannot be used with option/],
  [["inspect", "x", "y"], /too many arguments/],
];

test.each(WRONG)("torchrelay %j is wrong usage", async (args, message) => {
  const { code, stdout, stderr } = await torchrelay(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(message);
});

test("with --json, errors are one JSON object on stderr", async () => {
  const usage = await torchrelay("run", "--json");
  expect(usage.code).toBe(2);
  expect(JSON.parse(usage.stderr)).toEqual({ error: { code: "USAGE", message: "missing required argument 'model'" } });
  const missing = await torchrelay("run", "missing.pt2", "--json");
  expect(missing.code).toBe(1);
  const { error } = JSON.parse(missing.stderr);
  expect(error).toMatchObject({ code: "FILE_UNREADABLE", details: { reason: "there is no such file or folder" } });
});

test("--debug adds the stack and the cause", async () => {
  const plain = await torchrelay("inspect", "missing.pt2");
  expect(plain.stderr).toBe("error: FILE_UNREADABLE: cannot read missing.pt2: there is no such file or folder\n");
  const debug = await torchrelay("inspect", "missing.pt2", "--debug");
  expect(debug.stderr.startsWith(plain.stderr)).toBe(true);
  expect(debug.stderr).toMatch(/\n {4}at .*\[cause\]: Error: ENOENT/s);
});

test.each(["run", "inspect"])("%s refuses what is no model by what it is", async (command) => {
  const page = path.join(scratch(), "model.pt2");
  writeFileSync(page, "<!doctype html><title>Not found</title>");
  const cases = [
    [page, /^error: FORMAT_UNKNOWN: model.pt2 is a web page/],
    [path.dirname(page), /^error: FILE_UNREADABLE: cannot read .* it is a folder or a device, not a file\n$/],
    ["missing.pt2", /^error: FILE_UNREADABLE: cannot read missing.pt2: there is no such file or folder\n$/],
  ] as const;
  for (const [file, message] of cases) {
    const { code, stdout, stderr } = await torchrelay(command, file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  }
});

test("inspect into a pipe that closes early is quiet", async () => {
  const child = start(["inspect", DIGITS]);
  child.stdout.destroy();
  const exit = once(child, "exit");
  expect(await text(child.stderr)).toBe("");
  expect(await exit).toEqual([0, null]);
});
