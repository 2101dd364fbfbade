import { expect, test } from "vitest";
import { lower } from "../../src/lowering/index.ts";
import { openSession } from "../../src/runtime/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";

const COUNT = 4000;

/** What two runs give. */
function numbersOf(body: string): readonly (readonly number[])[] {
  const graph = parseGraph(`
    input x: %x: float32[${COUNT}]
    %y: float32[${COUNT}] = ${body}
    output y: %y
  `);
  const session = openSession(lower(graph, { allowNondeterministic: true }));
  try {
    const ones = new Float32Array(COUNT).fill(1);
    return [1, 2].map(() => {
      const [result] = session.run([{ dtype: "float32", shape: [COUNT], bytes: new Uint8Array(ones.buffer) }]);
      return [...new Float32Array(result?.bytes.slice().buffer ?? new ArrayBuffer(0))];
    });
  } finally {
    session.close();
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

const DRAWS: readonly [body: string, expected: number, deviation: number, legal: (number: number) => boolean][] = [
  ["aten.rand_like.default(self=%x)", 0.5, 0.29, (u) => u >= 0 && u < 1],
  ["aten.randn_like.default(self=%x)", 0, 1, Number.isFinite],
  ["aten.uniform.default(self=%x, from=2, to=4)", 3, 0.58, (u) => u >= 2 && u < 4],
  ["aten.exponential.default(self=%x, lambd=0.5)", 2, 2, (u) => u >= 0],
  ["aten.randint_like.low_dtype(self=%x, low=3, high=7)", 4.5, 1.12, (u) => [3, 4, 5, 6].includes(u)],
  ["aten.bernoulli.p(self=%x, p=0.25)", 0.25, 0.44, (u) => u === 0 || u === 1],
  ["aten.dropout.default(input=%x, p=0.5, train=true)", 1, 1, (u) => u === 0 || u === 2],
];

test.each(DRAWS)("%s draws numbers of its distribution, each time others", (body, expected, deviation, legal) => {
  const [first = [], second = []] = numbersOf(body);
  expect(first.filter((number) => !legal(number))).toEqual([]);
  expect(Math.abs(mean(first) - expected)).toBeLessThan((6 * deviation) / Math.sqrt(COUNT));
  expect(first).not.toEqual(second);
});

test("a random order has every position once", () => {
  const graph = parseGraph(`
    input x: %x: float32[1]
    %y: int64[100] = aten.randperm.default(n=100)
    output y: %y
  `);
  const session = openSession(lower(graph, { allowNondeterministic: true }));
  try {
    const [result] = session.run([{ dtype: "float32", shape: [1], bytes: new Uint8Array(4) }]);
    const order = [...new BigInt64Array(result?.bytes.slice().buffer ?? new ArrayBuffer(0))].map(Number);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  } finally {
    session.close();
  }
});

test.each(DRAWS)("%s is refused by default", (body) => {
  const graph = parseGraph(`
    input x: %x: float32[4]
    %y: float32[4] = ${body}
    output y: %y
  `);
  expect(() => lower(graph)).toThrow("allowNondeterministic");
});
