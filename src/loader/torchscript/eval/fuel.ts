import { LIMITS } from "../../../core/index.ts";
import { Excess } from "../../refusal.ts";

/** So many items or characters are looked at in the time of a step. */
const ITEMS_OF_A_STEP = 16;

/** What walks through values in values leaves something for each of them. */
const STEPS_OF_A_PART = 8;

/** Counts what the evaluation of a program costs: a program that nobody vouches for may loop or grow without end. */
export class Fuel {
  #steps = 0;
  #depth = 0;

  /** For every statement, every operator and every item of a list or character of a string that is made. */
  spend(steps = 1): void {
    this.#steps += steps;
    if (this.#steps > LIMITS.scriptSteps) throw new Excess("the steps of its code", this.#steps, "scriptSteps");
  }

  /** For what looks at so many items of a list, or characters of a string. */
  look(items: number): void {
    this.spend(Math.ceil(items / ITEMS_OF_A_STEP));
  }

  /** For each value that is met on a walk through containers in containers, as often as it is met. */
  walk(): void {
    this.spend(STEPS_OF_A_PART);
  }

  /** Runs `body` one call deeper. */
  deeper<T>(body: () => T): T {
    this.#depth++;
    if (this.#depth > LIMITS.scriptDepth)
      throw new Excess("the depth of calls in its code", this.#depth, "scriptDepth");
    try {
      return body();
    } finally {
      this.#depth--;
    }
  }
}
