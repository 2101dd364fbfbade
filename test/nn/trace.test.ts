import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type DType, symbol, type TensorSpec } from "../../src/core/index.ts";
import { type Graph, normalize, printGraph, verify } from "../../src/graph/index.ts";
import * as nn from "../../src/nn/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";

interface GoldenCase {
  readonly name: string;
  readonly graph: string;
  /** Shapes by name, in order. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly parameters: readonly string[];
  readonly modules: readonly (readonly [path: string, type: string])[];
}

const golden: readonly GoldenCase[] = JSON.parse(
  readFileSync(new URL("../fixtures/nn/graphs.json", import.meta.url), "utf8"),
);

class Lenet extends nn.Module {
  features = new nn.Sequential(
    new nn.Conv2d(1, 4, 5, { padding: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(4, 8, 3, { stride: 2 }),
    new nn.Tanh(),
  );
  flatten = new nn.Flatten();
  dropout = new nn.Dropout(0.25);
  fc = new nn.Linear(8 * 6 * 6, 10);

  forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.fc.forward(this.dropout.forward(this.flatten.forward(this.features.forward(x))));
  }
}

class Block extends nn.Module {
  conv = new nn.Conv2d(4, 4, [3, 1], { padding: [1, 0], groups: 2, bias: false });
  bn = new nn.BatchNorm2d(4);
  relu = new nn.ReLU({ inplace: true });
  pool = new nn.AdaptiveAvgPool2d([1, null]);
  scale = new nn.Parameter(nn.rand([4, 1, 1]));

  forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const out = this.relu.forward(this.bn.forward(this.conv.forward(x)));
    return this.pool.forward(out.mul(this.scale).add(x));
  }
}

class Attention extends nn.Module {
  words = new nn.Embedding(11, 8);
  norm = new nn.LayerNorm(8);
  query = new nn.Linear(8, 8);
  key = new nn.Linear(8, 8, { bias: false });
  softmax = new nn.Softmax(-1);
  gelu = new nn.GELU({ approximate: "tanh" });

  forward(ids: nn.SymbolicTensor): readonly nn.SymbolicTensor[] {
    const x = this.norm.forward(this.words.forward(ids));
    const [batch = 0, length = 0] = ids.shape;
    const q = this.query.forward(x).view(batch, length, 2, 4).transpose(1, 2);
    const k = this.key.forward(x).reshape(batch, -1, 2, 4).permute(0, 2, 1, 3);
    const scores = this.softmax.forward(q.matmul(k.transpose(-2, -1)).div(2));
    const y = scores.matmul(k).transpose(1, 2).flatten(2);
    return [this.gelu.forward(x.add(y)).mean(1), y.unsqueeze(1).sub(1).sigmoid().squeeze(1)];
  }
}

class Arithmetic extends nn.Module {
  forward(x: nn.SymbolicTensor, y: nn.SymbolicTensor): Readonly<Record<string, nn.SymbolicTensor>> {
    const z = x
      .neg()
      .exp()
      .sqrt()
      .mul(y)
      .add(x.div(y.relu().add(1)));
    const w = z.pow(2).sum([1], { keepdim: true }).sub(y.tanh()).softmax(0);
    return { cat: nn.cat([z, w], 1), top: z.amax([-1]), mean: z.mean() };
  }
}

function spec(name: string, shape: readonly number[], dtype: DType = "float32"): TensorSpec {
  return { name, dtype, shape: [symbol("rows"), ...shape] };
}

const image = spec("input", [1, 28, 28]);

/** The modules of conformance/generate/nn_graphs.py. */
const MODULES: Readonly<Record<string, readonly [() => nn.Module, ...TensorSpec[]]>> = {
  Linear: [() => new nn.Linear(10, 3), spec("input", [10])],
  "Linear of three dimensions": [() => new nn.Linear(10, 3), spec("input", [4, 10])],
  Conv2d: [() => new nn.Conv2d(1, 4, 3, { stride: 2, padding: 1, dilation: 2 }), image],
  "Conv2d with padding by name": [() => new nn.Conv2d(1, 4, 3, { padding: "same" }), image],
  BatchNorm2d: [() => new nn.BatchNorm2d(1), image],
  "BatchNorm2d without statistics": [() => new nn.BatchNorm2d(1, { affine: false, trackRunningStats: false }), image],
  LayerNorm: [() => new nn.LayerNorm([28, 28], { eps: 1e-6 }), image],
  "LayerNorm without weights": [() => new nn.LayerNorm(28, { elementwiseAffine: false }), image],
  Embedding: [() => new nn.Embedding(10, 3, { paddingIdx: 0 }), spec("input", [2], "int64")],
  activations: [
    () => new nn.Sequential(new nn.ReLU(), new nn.GELU(), new nn.Sigmoid(), new nn.Tanh(), new nn.Softmax(1)),
    spec("input", [5]),
  ],
  MaxPool2d: [() => new nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }), image],
  "MaxPool2d dilated": [() => new nn.MaxPool2d([2, 3], { dilation: 2 }), image],
  AdaptiveAvgPool2d: [() => new nn.AdaptiveAvgPool2d(7), image],
  Flatten: [() => new nn.Flatten(1, 2), image],
  LeNet: [() => new Lenet(), spec("x", [1, 28, 28])],
  "residual block": [() => new Block(), spec("x", [4, 6, 5])],
  attention: [() => new Attention(), spec("ids", [5], "int64")],
  arithmetic: [() => new Arithmetic(), spec("x", [3]), spec("y", [3])],
};

/** The text of a graph with values and symbols by number, so that two graphs of one meaning read alike. */
function canonical(graph: Graph): string {
  const numbers = new Map<string, number>();
  const text = printGraph(graph)
    .replace(/^(symbol|output) .*\n/gm, "")
    .replace(/ {2}#.*$/gm, "");
  return text.replace(/%[\w.]+|\bs\d+\b|\brows\b/g, (name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return `%${numbers.get(name)}`;
  });
}

function traced(name: string): { module: nn.Module; graph: Graph } {
  const [make, ...inputs] = MODULES[name] ?? [];
  if (!make) throw new Error(`no module for ${name}`);
  const module = make().eval();
  return { module, graph: nn.trace(module, inputs).graph };
}

describe("what torch.export makes of the same module", () => {
  test.for(golden)("$name: the same graph", ({ name, graph }) => {
    const ours = traced(name).graph;
    verify(ours, "tracing");
    expect(canonical(normalize(ours))).toBe(canonical(normalize(parseGraph(graph))));
  });

  test.for(golden)("$name: the same names, in the same order", ({ name, state, parameters, modules }) => {
    const { module } = traced(name);
    const shapes = Object.entries(module.stateDict()).map(([key, { shape }]) => [key, shape]);
    expect(shapes).toEqual(Object.entries(state));
    expect([...module.namedParameters()].map(([key]) => key)).toEqual(parameters);
    expect([...module.namedModules()].map(([path, each]) => [path, each.constructor.name])).toEqual(modules);
  });
});
