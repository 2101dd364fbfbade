import type { Load, LoadResult } from "./load.ts";
import { numbersOf } from "./numbers-of.ts";

/** One answer of so many is compared with what is expected. */
const CHECKED_EVERY = 16;
const ABSOLUTE = 1e-3;
const RELATIVE = 1e-3;
const MAX_TEXT = 120;

function isClose(given: readonly number[], expected: readonly number[]): boolean {
  if (given.length !== expected.length) return false;
  return given.every((value, i) => {
    const wanted = expected[i] ?? Number.NaN;
    return Math.abs(value - wanted) <= ABSOLUTE + RELATIVE * Math.abs(wanted);
  });
}

/** @param sorted ascending */
function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

type Expectation = Pick<Load, "expected" | "answerForm">;

/** Judges answers, and keeps the times of those that are right while it measures. */
export class Recorder {
  readonly #expectation: Expectation;
  readonly #failures = new Map<string, number>();
  readonly #latenciesMs: number[] = [];
  #seen = 0;
  #checked = 0;
  #answered = 0;
  #isMeasuring = false;

  constructor(expectation: Expectation) {
    this.#expectation = expectation;
  }

  /** Right answers while it measured. */
  get answered(): number {
    return this.#answered;
  }

  set isMeasuring(isMeasuring: boolean) {
    this.#isMeasuring = isMeasuring;
  }

  /** @param request which one was sent */
  record(request: number, latencyMs: number, status: number, body: Buffer): void {
    const problem = this.#problemOf(request, status, body);
    if (problem !== undefined) this.failed(problem);
    else if (this.#isMeasuring) {
      this.#answered++;
      this.#latenciesMs.push(latencyMs);
    }
  }

  /** Failures count at any time. */
  failed(reason: string): void {
    const text = reason.slice(0, MAX_TEXT);
    this.#failures.set(text, (this.#failures.get(text) ?? 0) + 1);
  }

  /** A request that never had its answer, though it has waited this long. */
  unanswered(latencyMs: number): void {
    this.failed("unanswered at the end");
    this.#latenciesMs.push(latencyMs);
  }

  #problemOf(request: number, status: number, body: Buffer): string | undefined {
    if (status !== 200) return `status ${status}: ${body.toString()}`;
    if (this.#seen++ % CHECKED_EVERY !== 0) return undefined;
    this.#checked++;
    const expected = this.#expectation.expected[request] ?? [];
    try {
      const given = numbersOf(this.#expectation.answerForm, body, expected.length);
      return isClose(given, expected) ? undefined : `wrong numbers: ${given.slice(0, 2)} for ${expected.slice(0, 2)}`;
    } catch (error) {
      return `unreadable: ${String(error)}`;
    }
  }

  result(seconds: number): LoadResult {
    const sorted = [...this.#latenciesMs].sort((a, b) => a - b);
    return {
      answered: this.#answered,
      seconds,
      p50Ms: quantile(sorted, 0.5),
      p95Ms: quantile(sorted, 0.95),
      p99Ms: quantile(sorted, 0.99),
      failures: Object.fromEntries(this.#failures),
      checked: this.#checked,
    };
  }
}
