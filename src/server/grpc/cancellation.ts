/** What all kinds of calls of grpc-js have in common. */
export interface Cancellable {
  readonly cancelled: boolean;
  once(event: "cancelled", listener: () => void): unknown;
}

/** Aborted when the client cancels or is gone, or its deadline has passed. */
export function cancellation(call: Cancellable): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort("the client cancelled");
  if (call.cancelled) abort();
  else call.once("cancelled", abort);
  return controller.signal;
}
