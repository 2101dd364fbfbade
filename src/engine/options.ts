import { RelayError } from "../core/index.ts";
import type { ScriptArgument } from "../loader/index.ts";
import type { SubmitOptions } from "../scheduler/index.ts";
import { nearestName } from "../util/index.ts";

/** Options of an {@link Engine}: the threads that all its models share. */
export interface EngineOptions {
  /** Worker threads, each running one batch at a time at most. Default: the cores this process may use. */
  readonly workers?: number;
  /** Milliseconds per turn of the event loop that models may run on it; 0 = never. Default 0.05. */
  readonly inlineBudgetMs?: number;
  /** Below what cost a batch is not worth handing to a worker. Default 0.1. */
  readonly handOffMs?: number;
}

/** Options of one model. */
export interface ModelOptions {
  /**
   * Threads that one run uses; with more of them, fewer runs go on at a time. Default: the cores divided by the workers, at least 1;
   * up to 4 for models that read 64 MiB of weights or more.
   */
  readonly intraOpThreads?: number;
  /** Upper bound of a batch in rows; below it, measurements decide. Default 1024. */
  readonly maxBatchRows?: number;
  /** How long a request may wait for company while a worker is free, in milliseconds. Default 0. */
  readonly queueDelayMs?: number;
  /** Rows that may wait; beyond, requests are rejected with QUEUE_FULL. Default 10,000. */
  readonly queueCapacityRows?: number;
  /** Results independent of what else is running, to the last bit: every row runs alone. Default false. */
  readonly deterministic?: boolean;
  /** Run random operators with random numbers that are not PyTorch's, instead of refusing them. Default false. */
  readonly allowNondeterministic?: boolean;
  /** Share of the workers when models compete for them: twice the weight, twice the time. Default 1. */
  readonly weight?: number;
  /** Longest time that measuring batch sizes may take while loading, in milliseconds. Default 200. */
  readonly warmupMs?: number;
  /** The tensors that a TorchScript model takes, where its file does not tell: `x:float32[batch,3,224,224]`. */
  readonly inputs?: readonly string[];
  /** What else the forward of a TorchScript model takes, by name. */
  readonly arguments?: Readonly<Record<string, ScriptArgument>>;
  /** The method of a TorchScript model that is run. Default: forward. */
  readonly method?: string;
}

export type LoadOptions = EngineOptions & ModelOptions;

interface Rule {
  readonly legal: string;
  readonly accepts: (value: unknown) => boolean;
  readonly fallback: number | boolean | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isDuration = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0;

const isText = (value: unknown): boolean => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const isWeight = (value: unknown): boolean => Number.isFinite(value) && (value as number) > 0;

const count = (fallback: number | undefined): Rule => ({ legal: "a whole number ≥ 1", accepts: isCount, fallback });
const duration = (fallback: number): Rule => ({ legal: "milliseconds ≥ 0", accepts: isDuration, fallback });

const flag: Rule = { legal: "true or false", accepts: (value) => typeof value === "boolean", fallback: false };

const RULES: Readonly<Record<keyof LoadOptions, Rule>> = {
  workers: count(undefined),
  intraOpThreads: count(undefined),
  inlineBudgetMs: duration(0.05),
  handOffMs: duration(0.1),
  maxBatchRows: count(1024),
  queueDelayMs: duration(0),
  queueCapacityRows: count(10_000),
  warmupMs: duration(200),
  weight: { legal: "a number > 0", accepts: isWeight, fallback: 1 },
  inputs: { legal: "a list of NAME:DTYPE[SIZES]", accepts: isTexts, fallback: undefined },
  method: { legal: "the name of a method", accepts: isText, fallback: undefined },
  arguments: { legal: "plain values by name", accepts: isRecord, fallback: undefined },
  deterministic: flag,
  allowNondeterministic: flag,
};

type Undefaulted = "workers" | "intraOpThreads" | "inputs" | "arguments" | "method";

/** Options with their defaults; those whose default depends on the machine or the model may be missing. */
export type ResolvedOptions = Required<Omit<LoadOptions, Undefaulted>> & Pick<LoadOptions, Undefaulted>;

function refuseUnknown(option: string): never {
  const nearest = nearestName(option, Object.keys(RULES));
  const legal = nearest ? `did you mean ${nearest}?` : Object.keys(RULES).join(", ");
  throw new RelayError("OPTION_INVALID", { option, given: "not an option", legal });
}

/** Checks options and fills in defaults. @throws RelayError OPTION_INVALID */
export function resolveOptions(options: LoadOptions): ResolvedOptions {
  for (const option of Object.keys(options)) if (!Object.hasOwn(RULES, option)) refuseUnknown(option);
  const entries = Object.entries(RULES).map(([option, rule]) => {
    const given = options[option as keyof LoadOptions] ?? rule.fallback;
    if (given === undefined || rule.accepts(given)) return [option, given];
    throw new RelayError("OPTION_INVALID", { option, given: String(given), legal: rule.legal });
  });
  return Object.fromEntries(entries) as ResolvedOptions;
}

interface RequestRule extends Pick<Rule, "legal" | "accepts"> {
  readonly option: "deadlineMs" | "priority";
}

const REQUEST_RULES: readonly RequestRule[] = [
  { option: "deadlineMs", legal: "a number of milliseconds", accepts: Number.isFinite },
  { option: "priority", legal: "a whole number", accepts: Number.isSafeInteger },
];

/** Checks the options of one request. @throws RelayError OPTION_INVALID */
export function checkRequestOptions(options: SubmitOptions): void {
  for (const { option, legal, accepts } of REQUEST_RULES) {
    const given = options[option];
    if (given !== undefined && !accepts(given)) {
      throw new RelayError("OPTION_INVALID", { option, given: String(given), legal });
    }
  }
}
