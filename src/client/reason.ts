/** In words why something failed. Of a host with several addresses, each may have failed for a reason of its own. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "")
    return [...new Set(cause.errors.map(reasonOf))].join(", ");
  return cause instanceof Error ? cause.message : String(cause);
}
