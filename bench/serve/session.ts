import type { Case, Face, Sample } from "./cases.ts";
import type { Load, LoadResult } from "./load/load.ts";
import type { LoadGenerator } from "./load/load-generator.ts";
import { RunningServer } from "./running-server.ts";
import type { ServerKind } from "./servers.ts";

export type Arrivals = Load["arrivals"];

/** One measurement of a server. */
export interface Cell {
  readonly face: Face;
  readonly arrivals: Arrivals;
  readonly result: LoadResult;
  /** User and system time of all its processes while it was measured. */
  readonly cpuMs: number;
}

/** What was measured of a server from its start to its end. */
export interface Session {
  readonly server: string;
  readonly readyMs: number;
  /** The most that was seen after a measurement. */
  readonly residentBytes: number;
  readonly cells: readonly Cell[];
}

/** What servers are asked, and what they are to answer. */
export interface Workload {
  readonly which: Case;
  readonly samples: readonly Sample[];
  readonly expected: readonly (readonly number[])[];
}

export interface SessionOptions {
  readonly generator: LoadGenerator;
  readonly threads: number;
  readonly seed: number;
  readonly logFile: string;
  readonly arrivals: (face: Face) => readonly Arrivals[];
  readonly faces: readonly Face[];
  /** Told of the server, so that it can be ended at once. */
  readonly watch: (running: RunningServer) => void;
}

async function measure(running: RunningServer, load: Load, generator: LoadGenerator): Promise<[LoadResult, number]> {
  let cpuMs = 0;
  const result = await generator.run(load, {
    measuring: () => {
      cpuMs = running.tree.cpuMs();
    },
    measured: () => {
      cpuMs = running.tree.cpuMs() - cpuMs;
    },
  });
  return [result, cpuMs];
}

/** Requests of an open loop at least, and for how long at most to wait for so many. */
const OPEN_REQUESTS = 50;
const MAX_OPEN_SECONDS = 30;

function secondsFor(arrivals: Arrivals, { seconds }: Case): number {
  if (arrivals.kind === "closed") return seconds;
  return Math.max(seconds, Math.min(MAX_OPEN_SECONDS, OPEN_REQUESTS / arrivals.requestsPerSecond));
}

/** A load, by the face that it is put on. */
interface FaceLoad {
  readonly face: Face;
  readonly load: Omit<Load, "drains">;
}

function loadsOf(
  kind: ServerKind,
  { which, samples, expected }: Workload,
  { ports }: RunningServer,
  { arrivals, faces, seed }: SessionOptions,
): readonly FaceLoad[] {
  return faces.flatMap((face) => {
    const protocol = face === "grpc" ? "grpc" : "http";
    const requests = samples.map((sample) => kind.request(face, which, sample));
    const common = { protocol, port: ports[protocol], requests, expected, answerForm: kind.answerForm(face) } as const;
    return arrivals(face).map((one) => ({
      face,
      load: { ...common, arrivals: one, seconds: secondsFor(one, which), seed },
    }));
  });
}

/** What comes before the measurements, so that none of them meets code that has never run. */
const WARM_UP = { arrivals: { kind: "closed", clients: 8 }, seconds: 1, drains: true } as const;

/** Starts a server, measures it, and ends it. */
export async function runSession(kind: ServerKind, workload: Workload, options: SessionOptions): Promise<Session> {
  const { which, samples } = workload;
  const { generator, faces, threads } = options;
  await using running = await RunningServer.start((ports) => kind.command(which, ports, threads), options.logFile);
  options.watch(running);
  const readyMs = await running.ready(kind.request(faces[0] as Face, which, samples[0] as Sample));
  const cells: Cell[] = [];
  let residentBytes = 0;
  const loads = loadsOf(kind, workload, running, options);
  const faceStarts = loads.filter(({ face }, i) => face !== loads[i - 1]?.face);
  for (const { load } of faceStarts) await measure(running, { ...load, ...WARM_UP }, generator);
  for (const [i, { face, load }] of loads.entries()) {
    const drains = i < loads.length - 1;
    const [result, cpuMs] = await measure(running, { ...load, drains }, generator);
    residentBytes = Math.max(residentBytes, running.tree.residentBytes());
    cells.push({ face, arrivals: load.arrivals, result, cpuMs });
  }
  return { server: kind.name, readyMs, residentBytes, cells };
}
