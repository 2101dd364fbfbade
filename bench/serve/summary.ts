import { median } from "../measure.ts";
import type { Face } from "./cases.ts";
import type { Arrivals, Cell, Session } from "./session.ts";

/** A server under one load: medians over the rounds. */
export interface Row {
  readonly server: string;
  readonly face: Face;
  /** Clients, or requests that come in a second. */
  readonly load: string;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
  /** Of all rounds together. */
  readonly failures: Readonly<Record<string, number>>;
  readonly checked: number;
}

/** A server as a whole: medians over its starts. */
export interface Footprint {
  readonly server: string;
  readonly readyMs: number;
  readonly residentBytes: number;
}

export function loadName(arrivals: Arrivals): string {
  return arrivals.kind === "closed" ? `${arrivals.clients}` : `open, ${arrivals.requestsPerSecond}/s`;
}

function addedUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts.flatMap(Object.entries) as [string, number][]) {
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return Object.fromEntries(sums);
}

function rowOf(server: string, cells: readonly Cell[], { face, arrivals }: Cell): Row {
  const of = (value: (cell: Cell) => number): number => median(cells.map(value));
  return {
    server,
    face,
    load: loadName(arrivals),
    requestsPerSecond: of(({ result }) => result.answered / result.seconds),
    p50Ms: of(({ result }) => result.p50Ms),
    p95Ms: of(({ result }) => result.p95Ms),
    p99Ms: of(({ result }) => result.p99Ms),
    cpuMsPerRequest: of(({ result, cpuMs }) => cpuMs / result.answered),
    failures: addedUp(cells.map(({ result }) => result.failures)),
    checked: cells.reduce((sum, { result }) => sum + result.checked, 0),
  };
}

/** In the order of measuring. */
export function rowsOf(sessions: readonly Session[]): readonly Row[] {
  const groups = new Map<string, { readonly server: string; readonly cells: Cell[] }>();
  for (const { server, cells } of sessions) {
    for (const cell of cells) {
      const key = [cell.face, loadName(cell.arrivals), server].join();
      const group = groups.get(key) ?? { server, cells: [] };
      group.cells.push(cell);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ server, cells }) => rowOf(server, cells, cells[0] as Cell));
}

export function footprintsOf(sessions: readonly Session[]): readonly Footprint[] {
  return [...new Set(sessions.map(({ server }) => server))].map((server) => {
    const own = sessions.filter((session) => session.server === server);
    const of = (value: (session: Session) => number): number => median(own.map(value));
    return { server, readyMs: of(({ readyMs }) => readyMs), residentBytes: of(({ residentBytes }) => residentBytes) };
  });
}
