import { expect, test } from "vitest";
import { classDiagram } from "../../src/cli/class-diagram.ts";
import { compressNames } from "../../src/cli/compress-names.ts";
import { moduleTree, walkModules } from "../../src/cli/module-tree.ts";
import { weightTotals } from "../../src/cli/weight-totals.ts";
import { contiguousStrides } from "../../src/core/index.ts";
import { type Graph, GraphBuilder, type ModuleInfo } from "../../src/graph/index.ts";

/** A graph of nothing but float32 parameters; those of equal bytes are tied. */
function parameters(shapes: Readonly<Record<string, readonly number[]>>, tied: Uint8Array = new Uint8Array()): Graph {
  const builder = new GraphBuilder();
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = name.startsWith("tied") ? tied : new Uint8Array(4);
    const strides = contiguousStrides(shape);
    builder.weight("parameter", name, {
      storage: { kind: "memory", bytes },
      dtype: "float32",
      shape,
      strides,
      storageOffset: 0,
    });
  }
  return builder.build();
}

function modules(types: Readonly<Record<string, string>>): readonly ModuleInfo[] {
  return Object.entries(types).map(([path, type]) => ({ path, type }));
}

const ENCODER = {
  modules: modules({
    "": "Encoder",
    embed: "Embedding",
    "layers.0": "Layer",
    "layers.0.mlp": "Sequential",
    "layers.0.mlp.0": "Linear",
    "layers.0.mlp.1": "GELU",
    "layers.0.mlp.2": "Linear",
    "layers.1": "Layer",
    "layers.1.mlp": "Sequential",
    "layers.1.mlp.0": "Linear",
    "layers.1.mlp.1": "GELU",
  }),
  graph: parameters({
    scale: [],
    "embed.weight": [10, 4],
    "layers.0.mlp.0.weight": [8, 4],
    "layers.0.mlp.2.weight": [4, 8],
    "layers.1.mlp.0.weight": [8, 4],
    "layers.1.norm.weight": [4],
  }),
};

test("a class diagram has a class a type, with fields and compositions over all modules of the type", () => {
  expect(classDiagram(moduleTree(ENCODER))).toBe(`classDiagram
  class Encoder {
    +float32[] scale
    +Embedding embed
    +Layer[2] layers.0..1
  }
  class Embedding {
    +float32[10, 4] weight
  }
  class Layer {
    +float32[4] norm.weight
    +Linear[1..2] mlp.0,2
    +GELU mlp.1
  }
  class Linear {
    +float32[*, *] weight
  }
  class GELU
  Encoder *-- Embedding : embed
  Encoder *-- "2" Layer : layers.0..1
  Layer *-- "1..2" Linear : mlp.0,2
  Layer *-- GELU : mlp.1
`);
});

test("names that mean something to Mermaid are kept from it", () => {
  const types = { "": "note", a: 'x"]{}', b: "x'];;", 'c:"\n}': "Üb", d: "A" };
  expect(classDiagram(moduleTree({ modules: modules(types), graph: parameters({}) }))).toBe(`classDiagram
  class Type_note["note"] {
    +x_]__ a
    +x_]__ b
    +Üb c____
    +A d
  }
  class Type_x____["x_]__"]
  class Type_x_____2["x_]__"]
  class Type__b["Üb"]
  class A
  Type_note *-- Type_x____ : a
  Type_note *-- Type_x_____2 : b
  Type_note *-- Type__b : c____
  Type_note *-- A : d
`);
});

test("a module tree counts the parameters below each module", () => {
  const counts = [...walkModules(moduleTree(ENCODER))].map(([{ path, name, parameters: count }, depth]) => [
    path,
    name,
    count,
    depth,
  ]);
  expect(counts.slice(0, 5)).toEqual([
    ["", "", 1 + 40 + 32 + 32 + 32 + 4, 0],
    ["embed", "embed", 40, 1],
    ["layers.0", "layers.0", 64, 1],
    ["layers.0.mlp", "mlp", 64, 2],
    ["layers.0.mlp.0", "0", 32, 3],
  ]);
});

test("tied parameters count once", () => {
  const graph = parameters(
    { tied_a: [2, 3], tied_b: [2, 3], other: [2, 3], tied_empty: [0], tied_none: [0] },
    new Uint8Array(24),
  );
  const [total] = weightTotals(graph.weights);
  expect(total).toEqual({ kind: "parameter", dtype: "float32", tensors: 4, elements: 12, bytes: 48 });
  expect(moduleTree({ modules: [], graph })).toMatchObject({ type: "Module", parameters: 12 });
});

test("a hostile path neither takes long nor overflows the stack", () => {
  const deep = Array.from({ length: 5000 }, (_, depth) => [
    Array(depth + 1)
      .fill("m")
      .join("."),
    "Layer",
  ]);
  const tree = moduleTree({
    modules: modules(Object.fromEntries(deep)),
    graph: parameters({ [`${"m.".repeat(100_000)}w`]: [2] }),
  });
  expect([...walkModules(tree)]).toHaveLength(5001);
  expect(tree.parameters).toBe(2);
});

test("numbered names become ranges", () => {
  expect(compressNames(["layers.0", "layers.2", "layers.1", "fc", "fc1", "layers.10", "conv01"])).toEqual([
    "fc",
    "layers.0..2,10",
    "fc1",
    "conv01",
  ]);
});
