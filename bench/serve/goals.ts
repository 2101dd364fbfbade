import { atLeast, atMost, type Measure } from "../measure.ts";
import type { Case, Face } from "./cases.ts";
import type { Footprint, Row } from "./summary.ts";

/** The server that the others are compared with. */
export const OWN = "torchrelay";
const MAX_P99_RATIO = 1;
const MAX_READY_RATIO = 0.3;

function highest(rows: readonly Row[]): number {
  return Math.max(...rows.map(({ requestsPerSecond }) => requestsPerSecond));
}

function isOwn({ server }: { readonly server: string }): boolean {
  return server === OWN;
}

function isPeer({ server }: { readonly server: string }): boolean {
  return server !== OWN;
}

/** The quantile of torchrelay / the lowest of the peers, under one load. */
function p99Ratio(rows: readonly Row[]): number {
  const [own] = rows.filter(isOwn);
  return (own?.p99Ms ?? Number.NaN) / Math.min(...rows.filter(isPeer).map(({ p99Ms }) => p99Ms));
}

function faceMeasures({ name, goal }: Case, face: Face, rows: readonly Row[]): Measure[] {
  const loads = [...new Set(rows.map(({ load }) => load))];
  const closed = rows.filter(({ load }) => !load.startsWith("open"));
  const peak = highest(closed.filter(isOwn)) / highest(closed.filter(isPeer));
  const title = `${name} ${face}`;
  const perLoad = loads.flatMap((load): Measure[] => {
    const same = rows.filter((row) => row.load === load);
    const rate = highest(same.filter(isOwn)) / highest(same.filter(isPeer));
    const p99 = atMost(`${title}, ${load}: p99 / best peer`, p99Ratio(same), "", MAX_P99_RATIO);
    return load.startsWith("open")
      ? [p99]
      : [{ name: `${title}, ${load}: rate / best peer`, value: rate, unit: "" }, p99];
  });
  return [atLeast(`${title}: highest rate / best peer`, peak, "", goal), ...perLoad];
}

/** How torchrelay compares with the best peer, with the goals. Empty without peers. */
export function goalMeasures(which: Case, rows: readonly Row[], footprints: readonly Footprint[]): readonly Measure[] {
  const own = footprints.find(isOwn);
  const peers = footprints.filter(isPeer);
  if (!own || peers.length === 0) return [];
  const fastest = Math.min(...peers.map(({ readyMs }) => readyMs));
  const smallest = Math.min(...peers.map(({ residentBytes }) => residentBytes));
  const faces = which.faces.map((face) => rows.filter((row) => row.face === face));
  return [
    ...faces.flatMap((own, i) => (own.some(isPeer) ? faceMeasures(which, which.faces[i] as Face, own) : [])),
    atMost(`${which.name}: time to ready / fastest peer`, own.readyMs / fastest, "", MAX_READY_RATIO),
    { name: `${which.name}: memory / smallest peer`, value: own.residentBytes / smallest, unit: "" },
  ];
}
