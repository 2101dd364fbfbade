import { PickleTuple, type PickleValue, readTensor, type ZipArchive } from "../container/index.ts";
import { DTYPES, numel, RelayError, type Tensor } from "../core/index.ts";
import type { Graph } from "../graph/index.ts";
import type { ReadProgram } from "./program-reader.ts";
import type { PyTree } from "./pytree.ts";
import { Unsupported } from "./refusal.ts";
import { readTorchSave } from "./torch-save.ts";
import { TorchTensor } from "./torch-values.ts";

/** Samples are read when the program is loaded; larger ones are left alone. */
const MAX_SAMPLE_BYTES = 64 * 2 ** 20;

function childOf(value: PickleValue | undefined, key: string | number, index: number): PickleValue | undefined {
  if (value instanceof Map) return value.get(key);
  if (value instanceof PickleTuple) return value.items[index];
  return Array.isArray(value) ? value[index] : undefined;
}

/** The leaves of `value` in the order of the tree; undefined where the value has no such part. */
function leavesOf(tree: PyTree, value: PickleValue | undefined): readonly (PickleValue | undefined)[] {
  if (tree.isLeaf) return [value];
  return tree.children.flatMap((child, i) => leavesOf(child, childOf(value, tree.keys?.[i] ?? i, i)));
}

function totalBytes(tensors: readonly TorchTensor[]): number {
  return tensors.reduce((sum, { location: { dtype, shape } }) => sum + numel(shape) * DTYPES[dtype].bytes, 0);
}

function select(value: PickleValue, { argumentTree, isGraphInput }: ReadProgram): readonly Tensor[] | undefined {
  if (!argumentTree) return undefined;
  const leaves = leavesOf(argumentTree, value);
  const inputs = leaves.filter((_, i) => isGraphInput[i] === true);
  const tensors = inputs.filter((leaf) => leaf instanceof TorchTensor);
  const isComplete = leaves.length === isGraphInput.length && tensors.length === inputs.length;
  if (!isComplete || totalBytes(tensors) > MAX_SAMPLE_BYTES) return undefined;
  return tensors.map(({ location }) => readTensor(location));
}

function fits(tensor: Tensor, graph: Graph, index: number): boolean {
  const type = graph.inputs[index]?.value.type;
  return type?.kind === "tensor" && type.dtype === tensor.dtype && type.shape.length === tensor.shape.length;
}

/** The sample inputs in the order of the graph's inputs; undefined when the file has none that are plain tensors. */
export function readSampleInputs(
  archive: ZipArchive,
  member: string,
  program: ReadProgram,
): readonly Tensor[] | undefined {
  if (!archive.has(member) || archive.size(member) === 0) return undefined;
  try {
    const tensors = select(readTorchSave(archive.nested(member)), program);
    return tensors?.every((tensor, i) => fits(tensor, program.graph, i)) ? tensors : undefined;
  } catch (error) {
    const isNotPlain = error instanceof Unsupported || (error instanceof RelayError && error.code === "PICKLE_REFUSED");
    if (isNotPlain) return undefined;
    throw error;
  }
}
