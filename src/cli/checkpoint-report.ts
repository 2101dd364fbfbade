import { DTYPES, formatShape } from "../core/index.ts";
import type { Checkpoint } from "../loader/index.ts";
import { formatBytes, formatCount, formatPlural } from "./format.ts";
import type { Json } from "./json.ts";
import { formatTable } from "./table.ts";
import type { Style } from "./terminal.ts";
import { dtypeTotals, elementsOf, type LocatedTensor } from "./weight-totals.ts";

/** What `inspect` tells about a checkpoint. */
export interface CheckpointFacts {
  readonly file: string;
  readonly bytes: number;
  /** Why it does not run, and what to do instead. */
  readonly advice: string;
  readonly checkpoint: Checkpoint;
}

const MAX_LISTED_OTHERS = 10;

function tensorsOf(checkpoint: Checkpoint): readonly LocatedTensor[] {
  return checkpoint.keys().map((name) => ({ name, location: checkpoint.location(name) }));
}

function bytesOf(tensor: LocatedTensor): number {
  return elementsOf(tensor) * DTYPES[tensor.location.dtype].bytes;
}

function describeOthers(others: readonly string[]): string {
  if (others.length === 0) return "nothing";
  const more = others.length - MAX_LISTED_OTHERS;
  const listed = others.slice(0, MAX_LISTED_OTHERS).join(", ");
  return more > 0 ? `${listed} and ${formatCount(more)} more` : listed;
}

function right(...titles: readonly string[]): { readonly title: string; readonly align: "right" }[] {
  return titles.map((title) => ({ title, align: "right" }));
}

/** The facts for people. Tied tensors are listed under each name and count once in the totals. */
export function checkpointText({ file, bytes, advice, checkpoint }: CheckpointFacts, style: Style): string {
  const tensors = tensorsOf(checkpoint);
  const head = [
    ["file", `${file}, ${formatBytes(bytes)}`],
    ["format", `${checkpoint.format}, ${formatPlural(tensors.length, "tensor")}`],
    ["runs here", `${style("red", "no")}: ${advice}`],
    ["besides tensors", describeOthers(checkpoint.others)],
  ];
  const rows = tensors.map((tensor) => {
    const { name, location } = tensor;
    return [name, location.dtype, formatShape(location.shape), formatBytes(bytesOf(tensor))];
  });
  const totals = dtypeTotals(tensors).map(({ dtype, tensors: count, elements, bytes: size }) => {
    return [dtype, formatCount(count), formatCount(elements), formatBytes(size)];
  });
  return [
    formatTable([{ title: "" }, { title: "" }], head),
    formatTable([{ title: "total" }, ...right("tensors", "elements", "size")], totals),
    formatTable([{ title: "tensor" }, { title: "dtype" }, { title: "shape" }, ...right("size")], rows),
  ].join("\n");
}

/** The facts for programs. */
export function checkpointJson({ file, bytes, advice, checkpoint }: CheckpointFacts): Json {
  const tensors = tensorsOf(checkpoint);
  return {
    file,
    bytes,
    format: { container: checkpoint.format },
    runs: false,
    advice,
    others: checkpoint.others,
    weights: dtypeTotals(tensors).map((total) => ({ ...total })),
    tensors: tensors.map((tensor) => {
      const { dtype, shape } = tensor.location;
      return { name: tensor.name, dtype, shape, bytes: bytesOf(tensor) };
    }),
  };
}
