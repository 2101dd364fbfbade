import { GIVE_SIZES, type Session } from "../session.ts";
import { type EvalValue, isNumber, type NumberValue } from "../values.ts";

/** A call of an operator that is evaluated here rather than put into the graph. */
export class HostCall {
  readonly session: Session;
  /** `aten::len` is `len`. */
  readonly name: string;
  readonly args: readonly EvalValue[];
  readonly keywords: ReadonlyMap<string, EvalValue>;

  constructor(session: Session, name: string, args: readonly EvalValue[], keywords: ReadonlyMap<string, EvalValue>) {
    this.session = session;
    this.name = name;
    this.args = args;
    this.keywords = keywords;
  }

  /** Argument `index`, or the keyword `name`; undefined when neither is given. */
  find(index: number, name: string): EvalValue | undefined {
    return this.args[index] ?? this.keywords.get(name) ?? (index < this.args.length ? null : undefined);
  }

  argument(index: number): EvalValue {
    const value = this.args[index];
    return value === undefined ? this.unfit(`no argument ${index}`) : value;
  }

  number(index: number): NumberValue {
    const value = this.argument(index);
    return isNumber(value) ? value : this.unfit(`argument ${index} is no number`);
  }

  /** A whole number that is known now. */
  int(index: number, fallback?: number): number {
    const value = this.args[index] ?? null;
    if (value === null && fallback !== undefined) return fallback;
    if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
    if (isNumber(value)) return this.undecided("a number");
    return this.unfit(`argument ${index} is no int`);
  }

  string(index: number): string {
    const value = this.argument(index);
    return typeof value === "string" ? value : this.unfit(`argument ${index} is no str`);
  }

  /** Ends the evaluation: what the call takes has to be known. */
  undecided(what: string): never {
    return this.session.refuse(`a call of ${this.name} with ${what} that the inputs decide`, GIVE_SIZES);
  }

  unfit(problem: string): never {
    return this.session.refuse(`a call of ${this.name} with ${problem}`, "export the model with torch.export");
  }
}

/** The value of a call; undefined where the call is one for an operator of the graph. */
export type HostRule = (call: HostCall) => EvalValue | undefined;

export type HostRules = Readonly<Record<string, HostRule>>;

export function ruleIn(rules: HostRules, name: string): HostRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
