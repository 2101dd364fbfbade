import { Engine, type ModelFile } from "./engine.ts";
import type { Model } from "./model.ts";
import type { EngineOptions, LoadOptions, ModelOptions } from "./options.ts";

/**
 * The engines behind `load`, by their options. They are shared and stay, because threads are worth keeping: the
 * process has one budget of cores, and each thread that ends leaves memory behind (docs/adr/0004). Idle threads do not
 * keep the process alive.
 */
const engines = new Map<string, Engine>();

/** Separates the engine's options from the model's. */
export function splitOptions({
  workers,
  inlineBudgetMs,
  handOffMs,
  ...model
}: LoadOptions): [EngineOptions, ModelOptions] {
  const given = Object.entries({ workers, inlineBudgetMs, handOffMs }).filter(([, value]) => value !== undefined);
  return [Object.fromEntries(given), model];
}

/** The engine that models loaded with these options share. */
export function engineFor(options: EngineOptions): Engine {
  const key = JSON.stringify(options);
  const engine = engines.get(key) ?? new Engine(options);
  engines.set(key, engine);
  return engine;
}

/**
 * Loads a model on worker threads that all models loaded with the same `workers` share. To own the threads, make an
 * {@link Engine}. Errors are those of {@link Engine.load}.
 */
export async function load(file: ModelFile, options: LoadOptions = {}): Promise<Model> {
  const [engineOptions, modelOptions] = splitOptions(options);
  return engineFor(engineOptions).load(file, modelOptions);
}
