import { DTYPES } from "./dtype.ts";

/** A node of an ONNX graph. */
interface Reader {
  readonly opType: string;
  readonly input: readonly string[];
}

/** A tensor of an ONNX graph. */
interface Weight {
  readonly name?: string;
  readonly dims: readonly number[];
  /** TensorProto.DataType. */
  readonly dataType: number;
}

const ELEMENT_BYTES: ReadonlyMap<number, number> = new Map(
  Object.values(DTYPES).map(({ onnx, bytes }) => [onnx, bytes]),
);

function byteLength({ dims, dataType }: Weight): number {
  return dims.reduce((product, size) => product * size, ELEMENT_BYTES.get(dataType) ?? 1);
}

/** Bytes of the weights that some node reads whole: a Gather only picks rows. @param nodes also those of subgraphs */
export function readWeightBytes(weights: readonly Weight[], nodes: Iterable<Reader>): number {
  const read = new Set<string>();
  for (const { opType, input } of nodes) if (opType !== "Gather") for (const name of input) read.add(name);
  const whole = weights.filter(({ name }) => name !== undefined && read.has(name));
  return whole.reduce((sum, weight) => sum + byteLength(weight), 0);
}
