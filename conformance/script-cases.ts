import { readdirSync } from "node:fs";
import { type ConformanceCase, DATA, readBundle } from "./cases.ts";

const FOLDER = `${DATA}scripts/`;

/** TorchScript archives with what PyTorch computed from them, by the bundle's name. */
export function archiveCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const bundles = readdirSync(FOLDER).map((file) => file.replace(".zip", ""));
  return new Map(bundles.sort().map((bundle) => [bundle, readBundle(`${FOLDER}${bundle}.zip`, `${bundle}/`, ".pt")]));
}
