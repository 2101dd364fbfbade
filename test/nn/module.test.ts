import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RelayError, symbol, Tensor } from "../../src/core/index.ts";
import { printGraph } from "../../src/graph/index.ts";
import * as nn from "../../src/nn/index.ts";
import { bytesOf, floatsOf, type Packed } from "./packed.ts";

interface GoldenModule {
  readonly name: string;
  readonly state: Readonly<Record<string, Packed>>;
}

interface SeedProgram {
  readonly state: Readonly<Record<string, Packed>>;
  readonly inputs: readonly Packed[];
  readonly outputs: readonly number[];
}

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/random/${name}.json`, import.meta.url), "utf8"));
}

class SimpleModel extends nn.Module {
  fc = new nn.Linear(10, 1);

  forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.fc.forward(x);
  }
}

function refusal(run: () => unknown): RelayError {
  try {
    run();
  } catch (error) {
    if (error instanceof RelayError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("initial weights", () => {
  const made: Readonly<Record<string, () => nn.Module>> = {
    "Linear(10, 1)": () => new nn.Linear(10, 1),
    "Linear(7, 5, bias=False)": () => new nn.Linear(7, 5, { bias: false }),
    "Conv2d(3, 8, 3)": () => new nn.Conv2d(3, 8, 3),
    "Conv2d(4, 8, (1, 3), groups=2)": () => new nn.Conv2d(4, 8, [1, 3], { groups: 2 }),
    "Embedding(6, 5)": () => new nn.Embedding(6, 5),
    "Embedding(4, 5, padding_idx=1)": () => new nn.Embedding(4, 5, { paddingIdx: 1 }),
    "BatchNorm2d(3)": () => new nn.BatchNorm2d(3),
    "LayerNorm([2, 3])": () => new nn.LayerNorm([2, 3]),
  };

  test("after manualSeed(0), module by module, they are PyTorch's, bit for bit", () => {
    nn.manualSeed(0);
    for (const { name, state } of fixture("modules") as readonly GoldenModule[]) {
      const module = made[name]?.();
      const ours = Object.entries(module?.stateDict() ?? {}).map(([key, { bytes }]) => [key, new Uint8Array(bytes)]);
      expect([name, ours]).toEqual([name, Object.entries(state).map(([key, packed]) => [key, bytesOf(packed)])]);
    }
  });

  test("a model and its inputs from one seed", () => {
    const { state, inputs } = fixture("seed-program") as SeedProgram;
    nn.manualSeed(0);
    const model = new SimpleModel();
    const drawn = inputs.map(({ shape }) => nn.randn(shape).data);
    expect(model.fc.weight.data.data).toEqual(floatsOf(state["weight"] as Packed));
    expect(model.fc.bias?.data.data).toEqual(floatsOf(state["bias"] as Packed));
    expect(drawn).toEqual(inputs.map(floatsOf));
  });
});

describe("the tree of modules", () => {
  class Tied extends nn.Module {
    first = new nn.Linear(2, 2);
    scale = new nn.Parameter(nn.rand([2]));
    cache = new nn.Buffer(nn.rand([1]), { persistent: false });
    mean = new nn.Buffer(nn.rand([3]));
    second = this.first;

    forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
      return this.second.forward(this.first.forward(x)).mul(this.scale);
    }
  }

  test("own tensors come first; what is shared counts once, but has both its names in the state dict", () => {
    const module = new Tied();
    expect([...module.namedModules()].map(([path]) => path)).toEqual(["", "first"]);
    expect([...module.namedParameters()].map(([name]) => name)).toEqual(["scale", "first.weight", "first.bias"]);
    expect([...module.namedBuffers()].map(([name]) => name)).toEqual(["cache", "mean"]);
    expect(Object.keys(module.stateDict())).toEqual([
      "scale",
      "mean",
      "first.weight",
      "first.bias",
      "second.weight",
      "second.bias",
    ]);
    expect([...module.parameters()]).toEqual([module.scale, module.first.weight, module.first.bias]);
  });

  test("apply reaches the modules below before those that hold them, and a path finds each", () => {
    const model = new nn.Sequential({ first: new nn.Sequential(new nn.Linear(2, 3)), last: new nn.ReLU() });
    const seen: string[] = [];
    model.apply((module) => seen.push(module.constructor.name));
    expect(seen).toEqual(["Linear", "Sequential", "ReLU", "Sequential"]);
    expect([...model].map(({ constructor: { name } }) => name)).toEqual(["Sequential", "ReLU"]);
    expect([model.length, model.at(-1), [...model.children()]]).toEqual([2, model.modules[1], model.modules]);
    expect(model.getSubmodule("first.0")).toBeInstanceOf(nn.Linear);
    expect(model.getSubmodule("")).toBe(model);
    expect(refusal(() => model.getSubmodule("frist.0")).message).toContain("such as first.0");
  });

  test("to changes the width of floats, and of nothing else", () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3)).bfloat16();
    const dtypes = (): readonly string[] => Object.values(model.stateDict()).map(({ dtype }) => dtype);
    expect(dtypes()).toEqual([...Array(6).fill("bfloat16"), "int64"]);
    expect(model.float()).toBe(model);
    expect(dtypes()).toEqual([...Array(6).fill("float32"), "int64"]);
  });

  test("train and eval reach every module", () => {
    const module = new nn.Sequential(new nn.Dropout(), new nn.Sequential(new nn.BatchNorm2d(2)));
    expect(module.eval()).toBe(module);
    expect([...module.namedModules()].map(([, { training }]) => training)).toEqual([false, false, false, false]);
    module.train();
    expect([...module.namedModules()].every(([, { training }]) => training)).toBe(true);
  });
});

describe("loadStateDict", () => {
  test("copies values, converting floats when asked, and takes a map or an object", () => {
    const model = new SimpleModel();
    const weight = new Tensor(
      "float64",
      Float64Array.from({ length: 10 }, (_, i) => i / 2),
      [1, 10],
    );
    const bias = new Tensor("float32", Float32Array.of(7), [1]);
    const before = model.fc.weight.data;
    expect(model.loadStateDict({ "fc.weight": weight, "fc.bias": bias }, { convert: true })).toEqual({
      missingKeys: [],
      unexpectedKeys: [],
    });
    expect(model.fc.weight.data).toBe(before);
    expect([...(before.data as Float32Array)]).toEqual([...weight.data]);
    const other = new SimpleModel();
    other.loadStateDict(new Map(Object.entries(model.stateDict())));
    expect(other.stateDict()).toEqual(model.stateDict());
  });

  test("names everything that does not fit, and changes nothing then", () => {
    const model = new SimpleModel();
    const before = new Float32Array(model.fc.weight.data.data as Float32Array);
    const state = { "fc.weights": nn.rand([1, 10]), "fc.weight": nn.rand([2, 10]) };
    const error = refusal(() => model.loadStateDict(state));
    expect(error.code).toBe("STATE_DICT_MISMATCH");
    expect(error.message).toMatchInlineSnapshot(
      `"the state dict does not fit SimpleModel: Missing key(s) in state_dict: "fc.bias"; Unexpected key(s) in state_dict: "fc.weights"; size mismatch for fc.weight: [2, 10] in the state dict, [1, 10] in the current model"`,
    );
    expect(error.details).toMatchObject({ missingKeys: ["fc.bias"], unexpectedKeys: ["fc.weights"] });
    expect(model.fc.weight.data.data).toEqual(before);
  });

  test("without strict, names may be missing or unexpected, but shapes and dtypes must fit", () => {
    const model = new SimpleModel();
    const options = { strict: false };
    const weight = nn.rand([1, 10]);
    expect(model.loadStateDict({ "fc.weight": weight, more: weight }, options)).toEqual({
      missingKeys: ["fc.bias"],
      unexpectedKeys: ["more"],
    });
    expect(model.fc.weight.data.data).toEqual(weight.data);
    const integers = new Tensor("int64", new BigInt64Array(1), [1]);
    expect(refusal(() => model.loadStateDict({ "fc.bias": integers }, options)).message).toContain(
      "dtype mismatch for fc.bias: int64 in the state dict, float32 in the current model",
    );
  });
});

describe("trace", () => {
  const rows = symbol("rows");

  test("gives a program: graph, modules, and weights that are the module's own memory", () => {
    const model = new SimpleModel().eval();
    const inputs = [{ name: "x", dtype: "float32", shape: [rows, 10] }] as const;
    const { graph, modules } = nn.trace(model, inputs, { symbols: { rows: { min: 1, max: 64 } } });
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "symbol rows in [1, 64]
      input x: %x: float32[rows, 10]
      parameter fc.weight: %fc.weight: float32[1, 10]
      parameter fc.bias: %fc.bias: float32[1]
      %sym_size: int64(rows) = aten.sym_size.int(self=%x, dim=0)
      %linear: float32[rows, 1] = aten.linear.default(input=%x, weight=%fc.weight, bias=%fc.bias)  # fc
      output output: %linear
      "
    `);
    expect(modules).toEqual([
      { path: "", type: "SimpleModel" },
      { path: "fc", type: "Linear" },
    ]);
    const storage = graph.weights[0]?.location.storage;
    const bytes = storage?.kind === "memory" ? storage.bytes : undefined;
    expect(bytes?.buffer).toBe(model.fc.weight.data.data.buffer);
  });

  test("sizes that are computed from the inputs' sizes", () => {
    class Regroup extends nn.Module {
      forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
        const [batch = 0, length = 0] = x.shape;
        return x.flatten().view(batch, length, -1).flatten(0, 1).view(x.flatten(0, 1).size(0), 2, 2);
      }
    }
    const { graph } = nn.trace(new Regroup(), [{ name: "x", dtype: "float32", shape: [rows, symbol("n"), 4] }]);
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "symbol rows in [1, Infinity]
      symbol n in [1, Infinity]
      input x: %x: float32[rows, n, 4]
      %sym_size: int64(rows) = aten.sym_size.int(self=%x, dim=0)
      %sym_size_1: int64(n) = aten.sym_size.int(self=%x, dim=1)
      %flatten: float32[4*n*rows] = aten.flatten.using_ints(self=%x, start_dim=0, end_dim=-1)
      %view: float32[rows, n, 4] = aten.view.default(self=%flatten, size=[%sym_size, %sym_size_1, -1])
      %flatten_1: float32[n*rows, 4] = aten.flatten.using_ints(self=%view, start_dim=0, end_dim=1)
      %flatten_2: float32[n*rows, 4] = aten.flatten.using_ints(self=%x, start_dim=0, end_dim=1)
      %mul: int64(n*rows) = _operator.mul(a=%sym_size_1, b=%sym_size)
      %view_1: float32[n*rows, 2, 2] = aten.view.default(self=%flatten_1, size=[%mul, 2, 2])
      output output: %view_1
      "
    `);
  });

  test.for<readonly [string, nn.Module, readonly number[], string]>([
    ["Linear", new nn.Linear(10, 1), [2, 3], "input of linear has shape [2, 3]; the model takes […, 10]"],
    ["Conv2d", new nn.Conv2d(3, 4, 3), [1, 1, 8, 8], "the model takes 3 channels"],
    ["BatchNorm2d", new nn.BatchNorm2d(3), [3, 8, 8], "the model takes 4 axes and 3 channels"],
    ["LayerNorm", new nn.LayerNorm(4), [2, 3], "the model takes […, 4]"],
    ["Embedding", new nn.Embedding(4, 2), [2], "input of Embedding is float32; the model takes int64 or int32"],
    ["Softmax", new nn.Softmax(2), [2, 3], "the model takes a tensor with an axis 2"],
  ])("%s says what it takes", ([, module, shape, message]) => {
    const error = refusal(() => nn.trace(module, [{ name: "x", dtype: "float32", shape }]));
    expect(error.message).toContain(message);
  });

  test("a parameter that is no field of the model is refused", () => {
    const stray = new nn.Parameter(nn.rand([1]));
    class Stray extends nn.Module {
      forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
        return x.add(stray);
      }
    }
    const error = refusal(() => nn.trace(new Stray(), [{ name: "x", dtype: "float32", shape: [1] }]));
    expect(error.message).toContain("one that no module of this model has as a field");
  });
});

describe("options", () => {
  test.for<readonly [string, () => nn.Module]>([
    ["inFeatures", () => new nn.Linear(0, 1)],
    ["groups", () => new nn.Conv2d(3, 4, 3, { groups: 2 })],
    ["padding", () => new nn.Conv2d(3, 4, 3, { stride: 2, padding: "same" })],
    ["p", () => new nn.Dropout(1.5)],
    ["paddingIdx", () => new nn.Embedding(3, 2, { paddingIdx: 3 })],
    ["kernelSize", () => new nn.MaxPool2d([2, 0.5])],
  ])("an illegal %s is refused", ([option, make]) => {
    expect(refusal(make).details).toMatchObject({ option });
  });
});
