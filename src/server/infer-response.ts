import { RelayError, type Signature } from "../core/index.ts";
import type { Outputs } from "../engine/index.ts";
import { type Answer, jsonText } from "./answer.ts";
import type { InferRequest } from "./infer-request.ts";
import { elementsFor } from "./json-data.ts";
import { type SelectedOutput, sentOutput } from "./sent-output.ts";

export const HEADER_LENGTH = "inference-header-content-length";

/** Names of classes by index, by the output that has them. */
export type Labels = Readonly<Record<string, readonly string[]>>;

/** The model that answers. */
export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
}

type Asked = Pick<InferRequest, "id" | "outputs" | "isBinary">;

/**
 * The outputs that a request asks for, checked before anything is computed.
 * @throws RelayError OUTPUT_NAME, REQUEST_INVALID
 */
export function selectOutputs(
  { outputs, isBinary }: Asked,
  { outputs: legal, batchSymbol }: Signature,
  labels: Labels = {},
): readonly SelectedOutput[] {
  const selected = outputs ?? legal.map(({ name }) => ({ name, isBinary, classes: undefined }));
  return selected.map(({ name, isBinary, classes }) => {
    const spec = legal.find((output) => output.name === name);
    if (!spec) throw new RelayError("OUTPUT_NAME", { given: name, legal: legal.map(({ name }) => name).join(", ") });
    if (classes === undefined && !isBinary) elementsFor(name, spec.dtype);
    const hasRows = batchSymbol !== undefined;
    const classification = classes === undefined ? undefined : { count: classes, hasRows, labels: labels[name] };
    return { name, isBinary, classification };
  });
}

/** Writes the outputs as JSON, and after it those that were asked for as binary data. */
export function writeInferResponse(
  { name, version }: ModelIdentity,
  id: string | undefined,
  selected: readonly SelectedOutput[],
  outputs: Outputs,
): Answer {
  const tail: Uint8Array[] = [];
  const described = selected.map((output) => {
    const { name, datatype, shape, isBinary, texts, bytes } = sentOutput(output, outputs);
    const head = `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join()}]`;
    if (!isBinary) return `{${head},"data":[${texts().join()}]}`;
    const binary = bytes();
    tail.push(binary);
    return `{${head},"parameters":{"binary_data_size":${binary.byteLength}}}`;
  });
  const head = JSON.stringify({ model_name: name, model_version: version, ...(id !== undefined && { id }) });
  const json = `${head.slice(0, -1)},"outputs":[${described.join()}]}`;
  if (tail.length === 0) return jsonText(json);
  const jsonBytes = Buffer.from(json);
  return {
    headers: { "content-type": "application/octet-stream", [HEADER_LENGTH]: String(jsonBytes.length) },
    body: Buffer.concat([jsonBytes, ...tail]),
  };
}
