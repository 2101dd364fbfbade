/** A number for both axes, or one for height and one for width. */
export type PairOption = number | readonly [height: number, width: number];

export type Pair = readonly [height: number, width: number];

export function pair(option: PairOption): Pair {
  return typeof option === "number" ? [option, option] : option;
}
