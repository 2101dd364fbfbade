import { expect, test } from "vitest";
import { Tensor } from "../../src/core/index.ts";
import * as nn from "../../src/nn/index.ts";

type Weighted = nn.Module & { readonly weight: nn.Parameter };

const LAYERS: readonly (() => Weighted)[] = [
  () => new nn.Linear(3, 4),
  () => new nn.Embedding(5, 4, { paddingIdx: 1 }),
  () => new nn.Embedding(3, 4),
  () => new nn.Conv2d(2, 3, 3),
  () => new nn.Embedding(4, 4),
];

function weightOf(layer: Weighted): readonly number[] {
  return [...(layer.weight.data.data as Float32Array)];
}

/** The weights of all layers when each is looked at as soon as it is there, and a number drawn after them. */
function atOnce(seed: number): readonly (readonly number[])[] {
  nn.manualSeed(seed);
  return [...LAYERS.map((make) => weightOf(make())), [...nn.rand([2]).data].map(Number)];
}

test("weights are the same in whatever order they are looked at", () => {
  const [...weights] = atOnce(0);
  const after = weights.pop();
  nn.manualSeed(0);
  const layers = LAYERS.map((make) => make());
  expect(layers.toReversed().map(weightOf)).toEqual(weights.toReversed());
  expect([...nn.rand([2]).data]).toEqual(after);
});

test("what is drawn after weights that nobody looked at is what it would be", () => {
  const [...weights] = atOnce(1);
  const after = weights.pop();
  nn.manualSeed(1);
  const layers = LAYERS.map((make) => make());
  expect([...nn.rand([2]).data]).toEqual(after);
  expect(layers.map(weightOf)).toEqual(weights);
});

test("a new seed changes nothing for the layers that were there", () => {
  const [...weights] = atOnce(2);
  weights.pop();
  nn.manualSeed(2);
  const layers = LAYERS.map((make) => make());
  nn.manualSeed(3);
  const [first] = LAYERS.map((make) => make());
  expect(layers.map(weightOf)).toEqual(weights);
  expect(weightOf(first as Weighted)).toEqual(atOnce(3)[0]);
});

test("weights that were replaced are skipped: those after them are what they would be", () => {
  const [...weights] = atOnce(4);
  const after = weights.pop();
  nn.manualSeed(4);
  const layers = LAYERS.map((make) => make());
  for (const layer of layers.slice(0, -1)) {
    const { shape } = layer.weight;
    const zeros = new Tensor("float32", new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
    layer.loadStateDict({ weight: zeros }, { strict: false });
    expect(weightOf(layer).every((value) => value === 0)).toBe(true);
  }
  expect(weightOf(layers.at(-1) as Weighted)).toEqual(weights.at(-1));
  expect([...nn.rand([2]).data]).toEqual(after);
});

const MANY = 70_000;

test("of very many layers, those that were replaced count still, and the others are drawn", () => {
  const zeros = new Tensor("float32", new Float32Array(16), [4, 4]);
  const make = (): Weighted => new nn.Linear(4, 4, { bias: false });
  nn.manualSeed(5);
  for (let i = 0; i < MANY; i++) make().loadStateDict({ weight: zeros });
  const afterReplaced = make();
  for (let i = 0; i < MANY; i++) make();
  const last = [weightOf(afterReplaced), weightOf(make())];
  nn.manualSeed(5);
  nn.rand([16 * MANY]);
  const first = weightOf(make());
  nn.rand([16 * MANY]);
  expect(last).toEqual([first, weightOf(make())]);
});

test("a layer too large for any memory can be made, for its weights are drawn when they are asked for", () => {
  nn.manualSeed(0);
  const layer = new nn.Linear(1e6, 1e6, { bias: false }).half();
  expect([layer.weight.dtype, layer.weight.shape]).toEqual(["float16", [1e6, 1e6]]);
  nn.manualSeed(0);
  expect(() => layer.weight.data).toThrow(RangeError);
});

test("a conversion of weights that are yet to be drawn is that of those that are", () => {
  nn.manualSeed(6);
  const drawn = new nn.Linear(3, 4);
  weightOf(drawn);
  nn.manualSeed(6);
  expect(new nn.Linear(3, 4).bfloat16().stateDict()).toEqual(drawn.bfloat16().stateDict());
});
