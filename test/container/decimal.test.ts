import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../../src/container/index.ts";

/** What a list of the number is read as. */
function parsed(text: string): unknown {
  const [value] = parseJson(Buffer.from(`[${text}]`), "test") as readonly unknown[];
  return value;
}

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: min, maxLength: max });

test("decimals of any length are the doubles that JSON.parse gives", () => {
  fc.assert(
    fc.property(fc.boolean(), digits(1, 12), digits(1, 26), (isNegative, whole, fraction) => {
      const text = `${isNegative ? "-" : ""}${BigInt(whole)}.${fraction}`;
      expect(Object.is(parsed(text), JSON.parse(text)), text).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test("doubles and floats come back as they were written", () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(fc.oneof(float, double, fc.integer())), (values) => {
      const text = JSON.stringify(values);
      expect((parsed(text) as (number | bigint)[]).map(Number)).toEqual(JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});

test("numbers halfway between two doubles are rounded as JSON.parse does", () => {
  const halves = fc.tuple(fc.bigInt(2n ** 52n, 2n ** 53n - 1n), fc.integer({ min: 1, max: 8 })).map(([m, shift]) => {
    const value = (2n * m + 1n) * 5n ** BigInt(shift + 1);
    const text = value.toString().padStart(shift + 3, "0");
    return `${BigInt(text.slice(0, -shift - 1))}.${text.slice(-shift - 1)}`;
  });
  fc.assert(
    fc.property(halves, (text) => {
      expect(parsed(text), text).toBe(JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});

test.each(["01.5", "1.", ".5", "1.2.3", "-.5", "-01.5", "1.5x", "1..5", "00.5", "1.5-", "-", "1,", "1 2"])(
  "%s is no number",
  (text) => {
    expect(() => parsed(text)).toThrow("is not");
  },
);
