import { datatypeOf, type Tensor } from "../core/index.ts";
import type { Outputs } from "../engine/index.ts";
import { bytesElements } from "./bytes-elements.ts";
import { type Classification, classify } from "./classification.ts";
import { jsonTexts } from "./json-data.ts";

/** An output that is to be sent, and in which form. Plain data: it crosses threads. */
export interface SelectedOutput {
  readonly name: string;
  readonly isBinary: boolean;
  /** Undefined: the tensor itself is sent. */
  readonly classification?: Classification | undefined;
}

/** An output in the protocol's words. */
export interface SentOutput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly isBinary: boolean;
  /** The elements as JSON texts. @throws RelayError REQUEST_INVALID */
  readonly texts: () => readonly string[];
  /** The elements as binary data. */
  readonly bytes: () => Uint8Array;
}

/** The output as asked for: the tensor, or the best classes of its rows. */
export function sentOutput({ name, isBinary, classification }: SelectedOutput, outputs: Outputs): SentOutput {
  const tensor = outputs[name] as Tensor;
  if (!classification) {
    const { dtype, shape } = tensor;
    const datatype = datatypeOf(dtype) as string;
    return { name, datatype, shape, isBinary, texts: () => jsonTexts(name, tensor), bytes: () => tensor.bytes };
  }
  const { shape, texts } = classify(tensor, classification);
  return {
    name,
    datatype: "BYTES",
    shape,
    isBinary,
    texts: () => texts.map((text) => JSON.stringify(text)),
    bytes: () => bytesElements(texts),
  };
}
