/** Time that models may take of one turn of the event loop, shared by all models of the process. */
export class TurnBudget {
  readonly totalMs: number;
  readonly #onNextTurn: (callback: () => void) => void;
  readonly #waiting: (() => void)[] = [];
  #spentMs = 0;
  #armed = false;

  /** @param onNextTurn calls back once the event loop has gone round, such as setImmediate. */
  constructor(totalMs: number, onNextTurn: (callback: () => void) => void) {
    this.totalMs = totalMs;
    this.#onNextTurn = onNextTurn;
  }

  get leftMs(): number {
    return this.totalMs - this.#spentMs;
  }

  spend(ms: number): void {
    this.#spentMs += ms;
    this.#arm();
  }

  /** Calls `callback` in the next turn, with a fresh budget. */
  nextTurn(callback: () => void): void {
    this.#waiting.push(callback);
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#onNextTurn(() => {
      this.#armed = false;
      this.#spentMs = 0;
      for (const callback of this.#waiting.splice(0)) callback();
    });
  }
}
