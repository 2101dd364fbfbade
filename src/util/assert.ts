/** Throws when an invariant of torchrelay itself is broken; never for bad input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`torchrelay invariant broken: ${message}`);
}

/** Narrows away `undefined` where an invariant guarantees a value. */
export function required<T>(value: T | undefined | null, message: string): T {
  assert(value !== undefined && value !== null, message);
  return value;
}
