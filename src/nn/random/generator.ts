const SIZE = 624;
const SHIFT = 397;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;
const MATRIX = 0x9908b0df;

/** What PyTorch seeds its default generator with. */
const DEFAULT_SEED = 67280421310721n;

/** Where a generator is in its sequence. */
export interface GeneratorState {
  readonly words: Uint32Array;
  readonly next: number;
  readonly spareNormal: number | undefined;
}

/**
 * PyTorch's random generator for CPUs: the Mersenne Twister MT19937, drawn from in PyTorch's order.
 * https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/CPUGeneratorImpl.cpp
 */
export class Generator {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;
  /** The second of a pair of normal numbers, until it is asked for. */
  #spareNormal: number | undefined;

  /** Of `seed`, the lowest 32 bits count. */
  constructor(seed: number | bigint = DEFAULT_SEED) {
    this.#seed(seed);
  }

  /** Starts over, as `torch.Generator.manual_seed`. */
  manualSeed(seed: number | bigint): this {
    this.#seed(seed);
    return this;
  }

  #seed(seed: number | bigint): void {
    this.#state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < SIZE; i++) {
      const before = this.#at(i - 1);
      this.#state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
    this.#next = SIZE;
    this.#spareNormal = undefined;
  }

  /** All that what comes next depends on, as `torch.Generator.get_state`. */
  getState(): GeneratorState {
    return { words: this.#state.slice(), next: this.#next, spareNormal: this.#spareNormal };
  }

  /** Goes on from where {@link getState} was asked. */
  setState({ words, next, spareNormal }: GeneratorState): this {
    this.#state.set(words);
    this.#next = next;
    this.#spareNormal = spareNormal;
    return this;
  }

  #at(index: number): number {
    return this.#state[index] ?? 0;
  }

  #refill(): void {
    for (let i = 0; i < SIZE; i++) {
      const mixed = (this.#at(i) & UPPER) | (this.#at((i + 1) % SIZE) & LOWER);
      const twist = mixed & 1 ? MATRIX : 0;
      this.#state[i] = this.#at((i + SHIFT) % SIZE) ^ (mixed >>> 1) ^ twist;
    }
    this.#next = 0;
  }

  /** A whole number below 2^32. */
  random(): number {
    if (this.#next === SIZE) this.#refill();
    let value = this.#at(this.#next++);
    value ^= value >>> 11;
    value ^= (value << 7) & 0x9d2c5680;
    value ^= (value << 15) & 0xefc60000;
    return (value ^ (value >>> 18)) >>> 0;
  }

  /** A whole number below 2^64; the upper half is drawn first. */
  random64(): bigint {
    const upper = BigInt(this.random());
    return (upper << 32n) | BigInt(this.random());
  }

  /** A float32 in [0, 1) of 24 random bits. */
  uniform(): number {
    return (this.random() & 0xffffff) * 2 ** -24;
  }

  /** A float64 in [0, 1) of 53 random bits. */
  uniform64(): number {
    const upper = this.random() & 0x1fffff;
    return (upper * 2 ** 32 + this.random()) * 2 ** -53;
  }

  /** A float64 of the standard normal distribution; they are made in pairs (Box-Muller). */
  normal(): number {
    const spare = this.#spareNormal;
    this.#spareNormal = undefined;
    if (spare !== undefined) return spare;
    const angle = 2 * Math.PI * this.uniform64();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform64()));
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
