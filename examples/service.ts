/** What the two services share. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { RelayError } from "torchrelay";

/** Aborts when the client disconnects before it has its answer. Fastify's `request.signal` aborts as soon as the body has been read. */
export function disconnection({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (!raw.writableFinished) controller.abort("the client disconnected");
  };
  if (raw.destroyed) abort();
  else raw.once("close", abort);
  return controller.signal;
}

/** Gives each RelayError its HTTP status: 429 when the queue is full, 504 past the deadline, 400 for inputs that do not fit. */
export function answerRelayErrors(app: FastifyInstance): void {
  app.setErrorHandler<Error>((error, request, reply) => {
    if (!(error instanceof RelayError)) return reply.send(error);
    const { retryAfterMs } = error.details as { readonly retryAfterMs?: number };
    if (retryAfterMs !== undefined) reply.header("retry-after", Math.ceil(retryAfterMs / 1000));
    if (error.httpStatus === 500) request.log.error(error);
    const message = error.httpStatus < 500 ? error.message : "the model cannot answer now";
    return reply.code(error.httpStatus).send({ statusCode: error.httpStatus, error: error.code, message });
  });
}

/** Probabilities of the classes. */
export function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Listens on $PORT, or 3000, until SIGINT or SIGTERM; then answers what is under way and closes. */
export async function serve(app: FastifyInstance): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void app.close());
  console.log(`listening on ${await app.listen({ port: Number(process.env["PORT"] ?? 3000) })}`);
}
