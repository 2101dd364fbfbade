import { overloadsOf, type Schema } from "../../../graph/index.ts";
import { fitArgument } from "./fit-argument.ts";
import { kindOf } from "./kinds.ts";
import { hintFor } from "./operator-hints.ts";
import type { Session } from "./session.ts";
import type { EvalValue } from "./values.ts";

/** An overload with its arguments by name. */
export interface Match {
  readonly schema: Schema;
  readonly args: Readonly<Record<string, EvalValue>>;
}

interface Candidate extends Match {
  readonly cost: number;
}

type Keywords = ReadonlyMap<string, EvalValue>;

function argumentOf(
  schema: Schema,
  index: number,
  args: readonly EvalValue[],
  keywords: Keywords,
): EvalValue | undefined {
  const parameter = schema.parameters[index];
  if (parameter === undefined) return undefined;
  return (
    args[index] ??
    keywords.get(parameter.name) ??
    (index < args.length || keywords.has(parameter.name) ? null : undefined)
  );
}

function matched(schema: Schema, args: readonly EvalValue[], keywords: Keywords): Candidate | undefined {
  const { parameters } = schema;
  if (args.length > parameters.filter(({ keywordOnly }) => !keywordOnly).length) return undefined;
  if ([...keywords.keys()].some((name) => !parameters.some((parameter) => parameter.name === name))) return undefined;
  const fitted: Record<string, EvalValue> = {};
  let cost = 0;
  for (const [index, { name, type, default: fallback }] of parameters.entries()) {
    const given = argumentOf(schema, index, args, keywords);
    if (given === undefined && fallback === undefined && !type.optional) return undefined;
    if (given === undefined) continue;
    const fit = fitArgument(given, type);
    if (fit === undefined) return undefined;
    fitted[name] = fit.value;
    cost += fit.cost;
  }
  return { schema, args: fitted, cost };
}

function describe(args: readonly EvalValue[], keywords: Keywords): string {
  const named = [...keywords].map(([name, value]) => `${name}=${kindOf(value)}`);
  return [...args.map((arg) => kindOf(arg)), ...named].join(", ");
}

/** The overload of an operator such as `aten.add` that takes these arguments with the fewest conversions. */
export function resolveOverload(session: Session, name: string, args: readonly EvalValue[], keywords: Keywords): Match {
  const candidates = overloadsOf(name).flatMap((schema) => matched(schema, args, keywords) ?? []);
  const least = Math.min(...candidates.map(({ cost }) => cost));
  const match = candidates.find(({ cost }) => cost === least);
  if (match) return match;
  const operator = name.replace(".", "::");
  const isKnown = overloadsOf(name).length > 0;
  const what = isKnown ? `a call of ${operator} with (${describe(args, keywords)})` : `the operator ${operator}`;
  return session.refuse(what, hintFor(operator));
}
