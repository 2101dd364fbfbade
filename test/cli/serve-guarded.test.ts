import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { DIGITS, ended, scratch, start, torchrelay } from "./torchrelay.ts";

const SMALL = ["--port", "0", "--no-grpc", "--workers", "1", "--json"];

async function firstLine(stream: Readable): Promise<string> {
  for await (const line of createInterface(stream)) return line;
  throw new Error("the command printed nothing");
}

function keysFile(file: string, ...keys: readonly string[]): void {
  const entries = keys.map((key) => ({ name: key, sha256: createHash("sha256").update(key).digest("hex") }));
  writeFileSync(file, JSON.stringify({ keys: entries }));
}

test("keys are asked for, read again on SIGHUP, and named in the access log", async () => {
  const file = path.join(scratch(), "keys.json");
  keysFile(file, "first");
  const child = start(["serve", DIGITS, ...SMALL, "--api-keys", file, "--access-log", "--log-level", "info"]);
  const { url } = JSON.parse(await firstLine(child.stdout)) as { url: string };
  const status = async (key: string): Promise<number> =>
    (await fetch(`${url}/v2`, { headers: { "x-api-key": key } })).status;
  expect([await status("first"), await status("second")]).toEqual([200, 401]);
  keysFile(file, "second");
  child.kill("SIGHUP");
  while ((await status("second")) !== 200);
  expect(await status("first")).toBe(401);
  child.kill("SIGTERM");
  const { code, stderr } = await ended(child);
  expect(code).toBe(0);
  const lines = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(expect.objectContaining({ event: "keys changed", keys: ["second"] }));
  expect(lines).toContainEqual(expect.objectContaining({ event: "request", route: "/v2", status: 200, key: "first" }));
});

test("guards that cannot stand are told before the server begins", async () => {
  const cases: readonly (readonly [args: readonly string[], code: number, complaint: string])[] = [
    [["--api-keys", "/nowhere/keys.json"], 1, "FILE_UNREADABLE"],
    [["--tls-cert", "tls.crt"], 2, "TLS needs --tls-cert and --tls-key"],
    [["--tls-cert", "/nowhere/tls.crt", "--tls-key", "/nowhere/tls.key"], 1, "FILE_UNREADABLE"],
  ];
  for (const [args, code, complaint] of cases) {
    const run = await torchrelay("serve", DIGITS, ...SMALL, ...args);
    expect(run, complaint).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(complaint);
  }
});
