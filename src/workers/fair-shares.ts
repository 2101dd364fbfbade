/** One of those who share the workers: how much of them it is due, and how much it has had. */
export class Share {
  /** Twice the weight is twice the worker time, when there is not enough for all. */
  readonly weight: number;
  /** Worker time had so far, divided by the weight; whoever has least is next. */
  virtualMs = 0;

  constructor(weight: number) {
    this.weight = weight;
  }
}

interface Waiting {
  readonly share: Share;
  readonly callback: () => void;
}

/**
 * Who is next to get worker time: start-time fair queueing. A share that was idle begins where the others are; what it
 * did not use is not saved up.
 */
export class FairShares {
  readonly #waiting: Waiting[] = [];
  /** What the share served last had had before: where one that was idle begins. */
  #nowMs = 0;

  /** Counts time that a share has had. */
  charge(share: Share, ms: number): void {
    this.#nowMs = Math.max(share.virtualMs, this.#nowMs);
    share.virtualMs = this.#nowMs + ms / share.weight;
  }

  /** Whether another one waits that has had less: it is to be served first. */
  isBehind(share: Share): boolean {
    return this.#waiting.some((other) => other.share !== share && other.share.virtualMs < share.virtualMs);
  }

  wait(share: Share, callback: () => void): void {
    share.virtualMs = Math.max(share.virtualMs, this.#nowMs);
    this.#waiting.push({ share, callback });
  }

  /** Calls those who wait now, least served first, while `canServe`. Who still cannot go on waits again. */
  serve(canServe: () => boolean): void {
    for (let left = this.#waiting.length; left > 0 && canServe(); left--) this.#takeNext()?.callback();
  }

  #takeNext(): Waiting | undefined {
    let best = 0;
    for (const [i, { share }] of this.#waiting.entries()) {
      if (share.virtualMs < (this.#waiting[best]?.share.virtualMs ?? 0)) best = i;
    }
    return this.#waiting.splice(best, 1)[0];
  }
}
