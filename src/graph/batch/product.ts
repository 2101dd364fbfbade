import { type Dim, formatDim, type SymbolicDim } from "../../core/index.ts";

/** A product of whole numbers and of dimensions that are not numbers, which are told apart by their text. */
export interface Product {
  readonly factor: number;
  /** Sorted; a square stands twice. */
  readonly atoms: readonly string[];
}

export const ONE: Product = { factor: 1, atoms: [] };

function atomsOf(dim: SymbolicDim): Product {
  return dim.op === "mul" ? productOf(dim.args) : { factor: 1, atoms: [formatDim(dim)] };
}

export function productOf(dims: readonly Dim[]): Product {
  return dims
    .map((dim) => (typeof dim === "number" ? { factor: dim, atoms: [] } : atomsOf(dim)))
    .reduce<Product>(times, ONE);
}

export function times(a: Product, b: Product): Product {
  return { factor: a.factor * b.factor, atoms: [...a.atoms, ...b.atoms].sort() };
}

/** `a / b`, or undefined when it does not come out even for every value of the symbols. */
export function over(a: Product, b: Product): Product | undefined {
  if (b.factor === 0 || a.factor % b.factor !== 0) return undefined;
  const atoms = [...a.atoms];
  for (const atom of b.atoms) {
    const at = atoms.indexOf(atom);
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  return { factor: a.factor / b.factor, atoms };
}

export function sameProduct(a: Product, b: Product): boolean {
  return a.factor === b.factor && a.atoms.join() === b.atoms.join();
}
