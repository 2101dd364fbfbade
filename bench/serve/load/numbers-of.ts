import { decodeProtobuf } from "#dist/container/index.js";
import { MODEL_INFER_RESPONSE } from "#dist/server/grpc/inference-messages.js";
import type { AnswerForm } from "./load.ts";

const FLOAT_BYTES = 4;

function floats(bytes: Uint8Array): number[] {
  return [...new Float32Array(new Uint8Array(bytes).buffer)];
}

interface Answer {
  readonly outputs?: readonly { readonly data: readonly number[] }[];
  readonly output?: unknown;
}

/** Numbers of the Open Inference Protocol, of `{"output": …}`, or of a bare list. */
function jsonNumbers(body: Buffer): number[] {
  const answer = JSON.parse(body.toString()) as Answer;
  const data = answer.outputs?.[0]?.data ?? answer.output ?? answer;
  return [data].flat(Number.POSITIVE_INFINITY).map(Number);
}

const READERS: Readonly<Record<AnswerForm, (body: Buffer, count: number) => number[]>> = {
  json: jsonNumbers,
  binary: (body, count) => floats(body.subarray(body.length - FLOAT_BYTES * count)),
  grpc: (body) => {
    const [raw] = decodeProtobuf(body, MODEL_INFER_RESPONSE.layout, "the answer").bytes("raw_output_contents");
    return raw ? floats(raw) : [];
  },
};

/** The numbers of an answer that should have `count`. @throws what its parser throws */
export function numbersOf(form: AnswerForm, body: Buffer, count: number): readonly number[] {
  return READERS[form](body, count);
}
