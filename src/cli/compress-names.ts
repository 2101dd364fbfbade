import { groupBy } from "./group-by.ts";

const NUMBERED = /^(.*?)(0|[1-9]\d*)$/;

/** A name as its stem and the number at its end. */
function split(name: string): { readonly stem: string; readonly number?: number } {
  const [, stem, digits] = NUMBERED.exec(name) ?? [];
  return stem === undefined ? { stem: name } : { stem, number: Number(digits) };
}

/** `[0, 1, 2, 5]` as `0..2,5` */
function formatRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && number === range[1] + 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}..${last}`)).join(",");
}

/** Names that differ only in a number at the end become one: `layers.0..11`, `conv1..3`. Names must differ. */
export function compressNames(names: Iterable<string>): readonly string[] {
  const parts = [...names].map(split);
  const plain = parts.filter(({ number }) => number === undefined).map(({ stem }) => stem);
  const numbered = groupBy(
    parts.filter(({ number }) => number !== undefined),
    ({ stem }) => stem,
  );
  const compressed = [...numbered].map(([stem, group]) => stem + formatRanges(group.map(({ number = 0 }) => number)));
  return [...plain, ...compressed];
}
