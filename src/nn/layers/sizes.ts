import { RelayError } from "../../core/index.ts";

/** @throws RelayError OPTION_INVALID unless every size is a whole number of at least 1. */
export function checkSizes(sizes: Readonly<Record<string, number | readonly number[]>>): void {
  for (const [option, size] of Object.entries(sizes)) {
    const isLegal = [size].flat().every((each) => Number.isSafeInteger(each) && each >= 1);
    if (!isLegal) throw new RelayError("OPTION_INVALID", { option, given: String(size), legal: "whole numbers ≥ 1" });
  }
}
