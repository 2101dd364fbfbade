import type { ErrorData } from "../../core/index.ts";
import type { JobArgs, JobKind, JobResult } from "./jobs.ts";

export type ToCodec<K extends JobKind = JobKind> = {
  readonly id: number;
  readonly kind: K;
  readonly args: JobArgs<K>;
};

export type FromCodec<K extends JobKind = JobKind> = { readonly id: number } & (
  | { readonly result: JobResult<K> }
  | { readonly error: ErrorData }
);

interface HasTensors {
  readonly inputs?: unknown;
  readonly outputs?: unknown;
  readonly body?: unknown;
}

function arraysOf(tensors: unknown): ArrayBufferView[] {
  if (typeof tensors !== "object" || tensors === null) return [];
  return Object.values(tensors).flatMap((tensor: { data?: unknown }) =>
    ArrayBuffer.isView(tensor.data) ? tensor.data : [],
  );
}

/** The memory of a message that can be handed over instead of copied. What is part of something larger stays. */
export function transferable({ inputs, outputs, body }: HasTensors): ArrayBuffer[] {
  const views = [...arraysOf(inputs), ...arraysOf(outputs), ...(ArrayBuffer.isView(body) ? [body] : [])];
  const whole = views.filter(({ buffer, byteLength }) => byteLength > buffer.byteLength / 2);
  return [...new Set(whole.map(({ buffer }) => buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}
