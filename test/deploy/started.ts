import { createInterface } from "node:readline";
import { start } from "../cli/torchrelay.ts";

export interface Started {
  readonly child: ReturnType<typeof start>;
  readonly url: string;
}

/** Starts the command with the arguments of a manifest. @param elsewhere what to put in place of some of them */
export async function started(args: readonly string[], elsewhere: Readonly<Record<string, string>>): Promise<Started> {
  const child = start([...args.map((arg) => elsewhere[arg] ?? arg), "--workers", "1", "--json"]);
  for await (const line of createInterface(child.stdout)) {
    return { child, url: (JSON.parse(line) as { url: string }).url };
  }
  throw new Error("the command printed nothing");
}
