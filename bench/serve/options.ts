import os from "node:os";
import type { ParseArgsConfig } from "node:util";
import { CASES, type Case } from "./cases.ts";
import { SERVERS, type ServerKind } from "./servers.ts";

export interface ServeOptions {
  readonly cases: readonly Case[];
  readonly servers: readonly ServerKind[];
  readonly clients: readonly number[];
  readonly threads: number;
  readonly isOpenLoop: boolean;
  /** Whether to write bench/serve/RESULTS.md. */
  readonly writesPage: boolean;
}

/** Arguments of `npm run bench -- serve`. */
export const SERVE_ARGUMENTS = {
  seconds: { type: "string" },
  rounds: { type: "string" },
  models: { type: "string" },
  servers: { type: "string" },
  clients: { type: "string", default: "1,8,32,128" },
  threads: { type: "string", default: process.env["THREADS"] ?? String(os.availableParallelism()) },
  quick: { type: "boolean", default: false },
  page: { type: "boolean", default: false },
} as const satisfies ParseArgsConfig["options"];

export interface ServeArguments {
  readonly seconds?: string;
  readonly rounds?: string;
  readonly models?: string;
  readonly servers?: string;
  readonly clients: string;
  readonly threads: string;
  readonly quick: boolean;
  readonly page: boolean;
}

const QUICK = { seconds: 1, rounds: 1 };

function only<T extends { readonly name: string }>(all: readonly T[], names: string | undefined): readonly T[] {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find((one) => one.name.toLowerCase().startsWith(name.trim().toLowerCase()));
    if (!found) throw new Error(`there is no ${name}; there are ${all.map((one) => one.name).join(", ")}`);
    return found;
  });
}

export function readServeOptions(given: ServeArguments): ServeOptions {
  const { seconds, rounds } = given;
  const changed = {
    ...(given.quick && QUICK),
    ...(seconds !== undefined && { seconds: Number(seconds) }),
    ...(rounds !== undefined && { rounds: Number(rounds) }),
  };
  return {
    cases: only(CASES, given.models).map((one) => ({ ...one, ...changed })),
    servers: only(SERVERS, given.servers),
    clients: given.clients.split(",").map(Number),
    threads: Number(given.threads),
    isOpenLoop: !given.quick,
    writesPage: given.page,
  };
}
