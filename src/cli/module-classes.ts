import type { TensorLocation } from "../core/index.ts";
import { compressNames } from "./compress-names.ts";
import { groupBy } from "./group-by.ts";
import type { ModuleNode } from "./module-tree.ts";

/** The modules of one type that a type holds, over all modules of that type. */
export interface Part {
  /** Names of the attributes that hold them. */
  readonly attributes: ReadonlySet<string>;
  /** The fewest and the most that one module holds. */
  readonly min: number;
  readonly max: number;
}

/** All modules of one type, as one class. */
export interface ModuleClass {
  readonly type: string;
  readonly weights: ReadonlyMap<string, readonly TensorLocation[]>;
  /** By the type of what is held. */
  readonly parts: ReadonlyMap<string, Part>;
}

/** Types that only hold others: what is in them counts as held by who holds them. */
const CONTAINERS: ReadonlySet<string> = new Set(["Sequential", "ModuleList", "ModuleDict"]);

interface Held {
  readonly attribute: string;
  readonly node: ModuleNode;
}

function heldBy({ children }: ModuleNode, prefix: string = ""): readonly Held[] {
  return children.flatMap((child) => {
    const attribute = `${prefix}${child.name}`;
    const isContainer = CONTAINERS.has(child.type) && child.children.length > 0;
    return isContainer ? heldBy(child, `${attribute}.`) : [{ attribute, node: child }];
  });
}

function countRange(counts: readonly number[]): Pick<Part, "min" | "max"> {
  return { min: counts.reduce((a, b) => Math.min(a, b)), max: counts.reduce((a, b) => Math.max(a, b)) };
}

function mergeParts(instances: readonly ModuleNode[]): ReadonlyMap<string, Part> {
  const each = instances.map((instance) => groupBy(heldBy(instance), ({ node }) => node.type));
  const types = new Set(each.flatMap((parts) => [...parts.keys()]));
  const part = (type: string): Part => {
    const held = each.map((parts) => parts.get(type) ?? []);
    const attributes = new Set(held.flat().map(({ attribute }) => attribute));
    return { attributes, ...countRange(held.map(({ length }) => length)) };
  };
  return new Map([...types].map((type) => [type, part(type)]));
}

function mergeWeights(instances: readonly ModuleNode[]): ReadonlyMap<string, readonly TensorLocation[]> {
  const byName = groupBy(
    instances.flatMap(({ weights }) => weights),
    ({ name }) => name,
  );
  return new Map([...byName].map(([name, own]) => [name, own.map(({ weight }) => weight.location)]));
}

/** Every module below and including `node` that is not a mere container. */
function instancesIn(node: ModuleNode): readonly ModuleNode[] {
  return [node, ...heldBy(node).flatMap((held) => instancesIn(held.node))];
}

/** The types of modules in a tree, in the order of first appearance. */
export function moduleClasses(root: ModuleNode): readonly ModuleClass[] {
  const byType = groupBy(instancesIn(root), ({ type }) => type);
  return [...byType].map(([type, instances]) => {
    return { type, weights: mergeWeights(instances), parts: mergeParts(instances) };
  });
}

/** `float32[*, 3, 3, 3]`: a star where the modules of a type differ. */
export function describeWeight(locations: readonly TensorLocation[]): string {
  const [first, ...rest] = locations;
  if (!first) return "Tensor";
  const dtype = rest.every((other) => other.dtype === first.dtype) ? first.dtype : "Tensor";
  const hasRank = rest.every(({ shape }) => shape.length === first.shape.length);
  if (!hasRank) return `${dtype}[...]`;
  const shape = first.shape.map((size, axis) => (rest.every((other) => other.shape[axis] === size) ? size : "*"));
  return `${dtype}[${shape.join(", ")}]`;
}

/** `12` of `layers.0..11`. */
export function describePart({ attributes, min, max }: Part): {
  readonly multiplicity: string;
  readonly attributes: string;
} {
  const multiplicity = min === max ? String(min) : `${min}..${max}`;
  return { multiplicity, attributes: compressNames(attributes).join(", ") };
}
