import type { Generator } from "./generator.ts";

/** Something to be drawn from a generator, for which it makes so many whole numbers. */
export class PutOff {
  readonly words: number;
  readonly #backlog: Backlog;
  #draw: ((generator: Generator) => void) | undefined;

  constructor(backlog: Backlog, words: number, draw: ((generator: Generator) => void) | undefined) {
    this.#backlog = backlog;
    this.words = words;
    this.#draw = draw;
  }

  get isDropped(): boolean {
    return this.#draw === undefined;
  }

  /** Draws what waits, this among it. */
  settle(): void {
    this.#backlog.settle();
  }

  /** Nobody needs the numbers any more; the generator is moved on as if they were drawn. */
  drop(): void {
    this.#draw = undefined;
  }

  run(generator: Generator): void {
    if (this.#draw) this.#draw(generator);
    else for (let i = 0; i < this.words; i++) generator.random();
  }
}

/** When so many wait, those that were dropped are made one where they follow each other. */
const CROWD = 2 ** 16;

/** What is to be drawn from a generator before anything else, in order. */
export class Backlog {
  #generator: Generator;
  #waiting: PutOff[] = [];

  constructor(generator: Generator) {
    this.#generator = generator;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(words: number, draw: (generator: Generator) => void): PutOff {
    if (this.#waiting.length >= CROWD) this.#shrink();
    const putOff = new PutOff(this, words, draw);
    this.#waiting.push(putOff);
    return putOff;
  }

  settle(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const putOff of waiting) putOff.run(this.#generator);
  }

  /** From now on draws from another generator. */
  detach(generator: Generator): void {
    this.#generator = generator;
  }

  #shrink(): void {
    const merged: PutOff[] = [];
    for (const putOff of this.#waiting) {
      const last = merged.at(-1);
      if (!(last?.isDropped && putOff.isDropped)) merged.push(putOff);
      else merged.splice(-1, 1, this.#skip(last.words + putOff.words));
    }
    this.#waiting = merged;
    if (merged.length > CROWD / 2) this.settle();
  }

  #skip(words: number): PutOff {
    return new PutOff(this, words, undefined);
  }
}
