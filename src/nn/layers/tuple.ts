import { RelayError } from "../../core/index.ts";

/** One number for all axes, or one for each. */
export type SizeOption = number | readonly number[];

/** One number for each of `rank` axes. @throws RelayError OPTION_INVALID */
export function tuple(rank: number, option: SizeOption, name: string): readonly number[] {
  const sizes = typeof option === "number" ? Array<number>(rank).fill(option) : option;
  if (sizes.length === rank) return sizes;
  const legal = `a number, or one for each of ${rank} axes`;
  throw new RelayError("OPTION_INVALID", { option: name, given: `[${sizes.join(", ")}]`, legal });
}
