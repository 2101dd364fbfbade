import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defaultGenerator, Generator, manualSeed, rand, randn } from "../../src/nn/index.ts";
import { cosineAndSine, fusedMultiplyAdd, log } from "../../src/nn/random/float32-math.ts";
import { bytesOf, floatsOf, type Packed } from "./packed.ts";

interface Golden {
  readonly seeds: readonly { readonly seed: number; readonly rand: Packed; readonly randn: Packed }[];
  readonly sizes: readonly Packed[];
  readonly mixed: readonly [Packed, Packed, Packed, Packed, Packed, Packed];
}

const golden: Golden = JSON.parse(readFileSync(new URL("../fixtures/random/numbers.json", import.meta.url), "utf8"));

test.for(golden.seeds)("seed $seed gives PyTorch's numbers, bit for bit", ({ seed, rand: uniform, randn: normal }) => {
  manualSeed(seed);
  expect(rand(uniform.shape).data).toEqual(floatsOf(uniform));
  expect(randn(normal.shape).data).toEqual(floatsOf(normal));
});

test("randn of 1 to 40 and 1000 numbers, one after the other", () => {
  const generator = new Generator(0);
  for (const expected of golden.sizes) expect(randn(expected.shape, { generator }).data).toEqual(floatsOf(expected));
});

test("short tensors share pairs of normal numbers, long ones and uniform ones leave the spare alone", () => {
  const generator = new Generator(3);
  const [first, second, third, fourth, fifth, sixth] = golden.mixed;
  expect(randn(first.shape, { generator }).data).toEqual(floatsOf(first));
  expect(randn(second.shape, { generator }).data).toEqual(floatsOf(second));
  expect(rand(third.shape, { generator }).data).toEqual(floatsOf(third));
  expect(randn(fourth.shape, { generator }).data).toEqual(floatsOf(fourth));
  expect(randn(fifth.shape, { generator }).data).toEqual(floatsOf(fifth));
  expect(generator.normal()).toBe(new Float64Array(bytesOf(sixth).buffer)[0]);
});

describe("the generator", () => {
  test("is the Mersenne Twister: the 10,000th number of the standard's seed", () => {
    const generator = new Generator(5489);
    for (let i = 1; i < 10_000; i++) generator.random();
    expect(generator.random()).toBe(4123659995);
  });

  test("draws the upper half of 64 bits first", () => {
    const [halves, whole, fraction] = [new Generator(9), new Generator(9), new Generator(9)];
    const expected = (BigInt(halves.random()) << 32n) | BigInt(halves.random());
    expect(whole.random64()).toBe(expected);
    expect(fraction.uniform64()).toBe(Number(expected & (2n ** 53n - 1n)) * 2 ** -53);
  });

  test("manualSeed starts the default one over, spare number included", () => {
    expect(manualSeed(7)).toBe(defaultGenerator);
    const first = randn([3]).data;
    manualSeed(7);
    expect(randn([3]).data).toEqual(first);
    expect(randn([3]).data).not.toEqual(first);
  });
});

describe("arithmetic in float32", () => {
  test("a fused multiply-add rounds once, where rounding twice would differ", () => {
    const a = 1 + 2 ** -12;
    expect(Math.fround(a * a + 2 ** -60)).toBe(1 + 2 ** -11);
    expect(fusedMultiplyAdd(a, a, 2 ** -60)).toBe(1 + 2 ** -11 + 2 ** -23);
    expect(fusedMultiplyAdd(a, a, -(2 ** -60))).toBe(1 + 2 ** -11);
    expect(fusedMultiplyAdd(3, 5, 7)).toBe(22);
  });

  test("log, cosine and sine are near the true ones over their whole range", () => {
    for (let i = 1; i <= 4096; i++) {
      const x = Math.fround(i / 4096);
      expect(log(x)).toBeCloseTo(Math.log(x), 6);
      const [cosine, sine] = cosineAndSine(Math.fround(2 * Math.PI * x));
      expect(cosine).toBeCloseTo(Math.cos(2 * Math.PI * x), 6);
      expect(sine).toBeCloseTo(Math.sin(2 * Math.PI * x), 6);
    }
  });
});
