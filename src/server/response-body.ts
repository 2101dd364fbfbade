import { promisify } from "node:util";
import { constants, deflate, gzip, type InputType, type ZlibOptions } from "node:zlib";
import type { Answer } from "./answer.ts";

/** Bytes below which a body is not worth compressing. */
export const MIN_COMPRESSED_BYTES = 1024;

/** Elements of tensors compress badly at any level, so the fastest. */
const OPTIONS = { level: constants.Z_BEST_SPEED } as const;

/** The preferred first. */
const ENCODINGS = ["gzip", "deflate"] as const;

type Encoding = (typeof ENCODINGS)[number];

const ENCODERS: Readonly<Record<Encoding, (body: InputType, options: ZlibOptions) => Promise<Buffer>>> = {
  gzip: promisify<InputType, ZlibOptions, Buffer>(gzip),
  deflate: promisify<InputType, ZlibOptions, Buffer>(deflate),
};

/** How much a client likes each encoding that it names, from 0 (never) to 1. */
function weightsOf(header: string): ReadonlyMap<string, number> {
  const entries = header.split(",").map((part): [string, number] => {
    const [name = "", ...parameters] = part.toLowerCase().split(";");
    const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
    return [name.trim(), Number(weight ?? 1)];
  });
  return new Map(entries);
}

/** The encoding that a client likes best, given its Accept-Encoding; undefined: none. */
export function encodingFor(header: string): Encoding | undefined {
  const weights = weightsOf(header);
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? weights.get("*") ?? 0;
  const [best] = ENCODINGS.toSorted((a, b) => weightOf(b) - weightOf(a));
  if (best === undefined || !(weightOf(best) > 0) || weightOf(best) < (weights.get("identity") ?? 0)) return undefined;
  return best;
}

/**
 * The answer with its body compressed, where that pays and the client takes it; off the event loop.
 * @param accepted the client's Accept-Encoding
 */
export async function compressed(answer: Answer, accepted: string | undefined): Promise<Answer> {
  const { headers, body } = answer;
  const varying = { ...headers, vary: "accept-encoding" };
  const encoding = accepted === undefined ? undefined : encodingFor(accepted);
  if (encoding === undefined) return { ...answer, headers: varying };
  return {
    ...answer,
    headers: { ...varying, "content-encoding": encoding },
    body: await ENCODERS[encoding](body, OPTIONS),
  };
}
