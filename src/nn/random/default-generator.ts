import { Backlog, type PutOff } from "./backlog.ts";
import { Generator, type GeneratorState } from "./generator.ts";

/**
 * A generator from which drawing can be put off: the initial weights of a module that is given others are never made. It
 * catches up before it gives anything else, so that nobody can tell.
 */
class PatientGenerator extends Generator {
  #backlog = new Backlog(this);

  /** Puts off to draw something that takes `words` whole numbers. */
  later(words: number, draw: (generator: Generator) => void): PutOff {
    return this.#backlog.add(words, draw);
  }

  override manualSeed(seed: number | bigint): this {
    this.#leaveBacklog();
    return super.manualSeed(seed);
  }

  override getState(): GeneratorState {
    this.#backlog.settle();
    return super.getState();
  }

  override setState(state: GeneratorState): this {
    this.#leaveBacklog();
    return super.setState(state);
  }

  override random(): number {
    this.#backlog.settle();
    return super.random();
  }

  override normal(): number {
    this.#backlog.settle();
    return super.normal();
  }

  /** What waits is drawn from where this generator is now, be it asked for ever. */
  #leaveBacklog(): void {
    if (this.#backlog.length === 0) return;
    this.#backlog.detach(new Generator().setState(super.getState()));
    this.#backlog = new Backlog(this);
  }
}

/** The generator that new modules and `randn` draw from, one for the process as in PyTorch. */
export const defaultGenerator: PatientGenerator = new PatientGenerator();

/** Starts the default generator over, as `torch.manual_seed`. */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}
