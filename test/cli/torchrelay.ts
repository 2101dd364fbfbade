import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export const ROOT: string = path.resolve(import.meta.dirname, "../..");
export const DIGITS: string = path.join(ROOT, "examples/digits/digits.pt2");

export interface Ended {
  /** As a shell reports it: a process that a signal ended has 128 plus its number. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function fixture(name: string): string {
  return path.join(ROOT, "test/cli/fixtures", name);
}

export function pt2(name: string): string {
  return path.join(ROOT, "test/fixtures/pt2", name);
}

/** A new folder for what a test writes. */
export function scratch(): string {
  return mkdtempSync(path.join(tmpdir(), "torchrelay-cli-"));
}

/** Starts the built command, which ends with the test at the latest. @param nodeOptions for node itself */
export function start(args: readonly string[], nodeOptions: readonly string[] = []): ChildProcessWithoutNullStreams {
  const { TORCHRELAY_DEBUG: _, ...env } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, path.join(ROOT, "dist/bundle/cli.js"), ...args], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

const SIGINT_CODE = 130;

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const exit = new Promise<number>((resolve) => {
    child.on("exit", (code, signal) => resolve(signal === "SIGINT" ? SIGINT_CODE : (code ?? -1)));
  });
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Runs the built command to its end. */
export function torchrelay(...args: readonly string[]): Promise<Ended> {
  return ended(start(args));
}
