import { toJson } from "./json.ts";
import { CHECKS, type Check, type Finding } from "./machine-checks.ts";
import { formatTable } from "./table.ts";
import type { Style, Terminal } from "./terminal.ts";

interface Result extends Finding {
  readonly name: string;
  readonly ok: boolean;
}

/** A check that throws has failed. */
async function examine({ name, look }: Check): Promise<Result> {
  try {
    return { name, ok: true, ...(await look()) };
  } catch (error) {
    return { name, ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

function report(results: readonly Result[], style: Style): string {
  const rows = results.map(({ name, ok, text }) => {
    return [ok ? style("green", "ok") : style("red", "failed"), name, text];
  });
  return formatTable([{ title: "" }, { title: "" }, { title: "" }], rows);
}

/** `torchrelay doctor`: fails when a check does. */
export async function examineMachine({ isJson }: { readonly isJson: boolean }, terminal: Terminal): Promise<void> {
  const results: Result[] = [];
  for (const check of CHECKS) results.push(await examine(check));
  const ok = results.every((result) => result.ok);
  if (!ok) terminal.fail(1);
  const checks = results.map(({ facts, ...result }) => ({ ...result, ...facts }));
  terminal.print(isJson ? `${toJson({ ok, checks })}\n` : report(results, terminal.style));
}
