import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { ROOT } from "../project/source-files.ts";

export interface Service {
  readonly url: string;
  /** Tells the service to end. @returns its exit code */
  end(): Promise<number | null>;
}

async function firstLine(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error("the service printed nothing");
}

/** Starts a built example on a free port. */
export async function startService(name: string): Promise<Service> {
  const child = spawn(process.execPath, [path.join(ROOT, "build/examples", `${name}.js`)], {
    cwd: ROOT,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit") as Promise<[number | null]>;
  const url = (await firstLine(child)).replace("listening on ", "");
  const end = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return (await exit)[0];
  };
  return { url, end };
}
