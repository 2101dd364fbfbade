import { datatypeOf, RelayError, type Tensor, type TensorSpec } from "../core/index.ts";
import type { Outputs } from "../engine/index.ts";
import { type Answer, jsonText } from "./answer.ts";
import type { InferRequest, RequestedOutput } from "./infer-request.ts";
import { elementsFor, jsonTexts } from "./json-data.ts";

export const HEADER_LENGTH = "inference-header-content-length";

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
export function selectOutputs({ outputs, isBinary }: Asked, legal: readonly TensorSpec[]): readonly RequestedOutput[] {
  const selected = outputs ?? legal.map(({ name }) => ({ name, isBinary }));
  for (const output of selected) {
    const spec = legal.find(({ name }) => name === output.name);
    if (!spec)
      throw new RelayError("OUTPUT_NAME", { given: output.name, legal: legal.map(({ name }) => name).join(", ") });
    if (!output.isBinary) elementsFor(spec.name, spec.dtype);
  }
  return selected;
}

function describe({ name, isBinary }: RequestedOutput, tensor: Tensor): string {
  const head = `"name":${JSON.stringify(name)},"datatype":"${datatypeOf(tensor.dtype)}","shape":[${tensor.shape.join()}]`;
  if (isBinary) return `{${head},"parameters":{"binary_data_size":${tensor.data.byteLength}}}`;
  return `{${head},"data":[${jsonTexts(name, tensor).join()}]}`;
}

/** Writes the outputs as JSON, and after it those that were asked for as binary data. */
export function writeInferResponse(
  { name, version }: ModelIdentity,
  id: string | undefined,
  selected: readonly RequestedOutput[],
  outputs: Outputs,
): Answer {
  const described = selected.map((output) => describe(output, outputs[output.name] as Tensor));
  const head = JSON.stringify({ model_name: name, model_version: version, ...(id !== undefined && { id }) });
  const json = `${head.slice(0, -1)},"outputs":[${described.join()}]}`;
  const binary = selected.filter(({ isBinary }) => isBinary);
  if (binary.length === 0) return jsonText(json);
  const jsonBytes = Buffer.from(json);
  return {
    headers: { "content-type": "application/octet-stream", [HEADER_LENGTH]: String(jsonBytes.length) },
    body: Buffer.concat([jsonBytes, ...binary.map((output) => (outputs[output.name] as Tensor).bytes)]),
  };
}
