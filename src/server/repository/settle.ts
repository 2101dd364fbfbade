import type { Clock } from "../../util/index.ts";

export interface SettleTimes {
  /** How long pokes must have ceased. */
  readonly quietMs: number;
  /** How long pokes that do not cease can put it off. */
  readonly maxMs: number;
}

/** Calls back once when pokes have ceased for a while. */
export class Settle {
  readonly #callback: () => void;
  readonly #times: SettleTimes;
  readonly #clock: Clock;
  #cancelQuiet: (() => void) | undefined;
  #cancelLatest: (() => void) | undefined;

  constructor(callback: () => void, times: SettleTimes, clock: Clock) {
    this.#callback = callback;
    this.#times = times;
    this.#clock = clock;
  }

  poke(): void {
    this.#cancelQuiet?.();
    this.#cancelQuiet = this.#clock.after(this.#times.quietMs, () => this.#fire());
    this.#cancelLatest ??= this.#clock.after(this.#times.maxMs, () => this.#fire());
  }

  #fire(): void {
    this.close();
    this.#callback();
  }

  /** Takes back what was to come. */
  close(): void {
    this.#cancelQuiet?.();
    this.#cancelLatest?.();
    this.#cancelQuiet = undefined;
    this.#cancelLatest = undefined;
  }
}
