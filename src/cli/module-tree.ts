import { LIMITS } from "../core/index.ts";
import type { Program, Weight } from "../graph/index.ts";
import { distinctWeights, elementsOf } from "./weight-totals.ts";

/** A weight as an attribute of its module. */
export interface OwnWeight {
  /** Within the module. */
  readonly name: string;
  readonly weight: Weight;
}

/** A module of the original program with what is in it. */
export interface ModuleNode {
  /** From the root; "" is the root. */
  readonly path: string;
  /** From the module that holds it; has dots where containers in between are not recorded. */
  readonly name: string;
  readonly type: string;
  readonly children: ModuleNode[];
  /** Its own weights, not those of the modules in it; tied ones once. */
  readonly weights: OwnWeight[];
  /** Elements of the parameters in it and in the modules in it. */
  parameters: number;
}

/** The proper prefixes of a dotted path that may be modules, longest first; "" last. */
function* holdersOf(path: string): Generator<string> {
  const names = path.split(".", LIMITS.nesting).slice(0, -1);
  for (; names.length > 0; names.pop()) yield names.join(".");
  yield "";
}

/** Type of a root that the file does not tell. */
const UNKNOWN_ROOT = "Module";

class TreeBuilder {
  readonly #byPath = new Map<string, ModuleNode>();

  constructor(rootType: string) {
    this.#register("", "", rootType);
  }

  get root(): ModuleNode {
    return this.#byPath.get("") as ModuleNode;
  }

  #register(path: string, name: string, type: string): ModuleNode {
    const node: ModuleNode = { path, name, type, children: [], weights: [], parameters: 0 };
    this.#byPath.set(path, node);
    return node;
  }

  /** The module that holds `path`, and what `path` is called in it. */
  #holderOf(path: string): readonly [holder: ModuleNode, name: string] {
    for (const prefix of holdersOf(path)) {
      const holder = this.#byPath.get(prefix);
      if (holder) return [holder, prefix === "" ? path : path.slice(prefix.length + 1)];
    }
    return [this.root, path];
  }

  /** Modules come after those that hold them. */
  addModule(path: string, type: string): void {
    const [holder, name] = this.#holderOf(path);
    holder.children.push(this.#register(path, name, type));
  }

  addWeight(weight: Weight): void {
    const [holder, name] = this.#holderOf(weight.name);
    holder.weights.push({ name, weight });
  }
}

function countParameters(node: ModuleNode): number {
  const own = node.weights.filter(({ weight }) => weight.kind === "parameter");
  const ownElements = own.reduce((sum, { weight }) => sum + elementsOf(weight), 0);
  node.parameters = node.children.reduce((sum, child) => sum + countParameters(child), ownElements);
  return node.parameters;
}

/** The modules of a program as a tree, in the order in which they are first called. */
export function moduleTree({ modules, graph }: Pick<Program, "modules" | "graph">): ModuleNode {
  const builder = new TreeBuilder(modules.find(({ path }) => path === "")?.type ?? UNKNOWN_ROOT);
  for (const { path, type } of modules) if (path !== "") builder.addModule(path, type);
  for (const weight of distinctWeights(graph.weights)) builder.addWeight(weight);
  countParameters(builder.root);
  return builder.root;
}

/** The modules of a tree, each before those in it, with how deep they lie. */
export function* walkModules(node: ModuleNode, depth: number = 0): Generator<readonly [ModuleNode, number]> {
  yield [node, depth];
  for (const child of node.children) yield* walkModules(child, depth + 1);
}
