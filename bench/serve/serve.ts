import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { load } from "torchrelay";
import { type Measure, modelFile } from "../measure.ts";
import type { Case, Face } from "./cases.ts";
import { goalMeasures, OWN } from "./goals.ts";
import { LoadGenerator } from "./load/load-generator.ts";
import type { ServeOptions } from "./options.ts";
import { writePage } from "./page.ts";
import type { RunningServer } from "./running-server.ts";
import { PYTHON, type ServerKind } from "./servers.ts";
import { type Arrivals, runSession, type Session, type SessionOptions, type Workload } from "./session.ts";
import { type Footprint, footprintsOf, type Row, rowsOf } from "./summary.ts";
import { asText, footprintTable, loadTables, type Table } from "./tables.ts";

/** What comes in the open loop, of what the best peer can bear. */
const OPEN_LOOP_SHARE = 0.7;

/** The model's answers by torchrelay as a library: peers, which run PyTorch, have to give the same. */
async function workloadOf(which: Case): Promise<Workload> {
  await using model = await load(modelFile(which.model));
  const samples = which.samples();
  const expected = await Promise.all(
    samples.map(async ({ inputs }) => {
      const outputs = await model.infer(Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor])));
      return Array.from(Object.values(outputs)[0]?.data as Float32Array);
    }),
  );
  return { which, samples, expected };
}

function isInstalled({ name, module }: ServerKind): boolean {
  if (module === undefined) return true;
  const found = spawnSync(PYTHON, [
    "-c",
    `import importlib.util as u, sys; sys.exit(not (u.find_spec("torch") and u.find_spec("${module}")))`,
  ]);
  if (found.status === 0) return true;
  console.log(`${name} is left out: ${PYTHON} has no torch and ${module}; see bench/README.md`);
  return false;
}

/** Requests that come in the open loop, from what the closed loops have shown. */
function openLoop(rows: readonly Row[]): Arrivals {
  const peers = rows.filter(({ server }) => server !== OWN);
  const best = Math.max(...(peers.length > 0 ? peers : rows).map(({ requestsPerSecond }) => requestsPerSecond));
  return { kind: "open", requestsPerSecond: Number((OPEN_LOOP_SHARE * best).toPrecision(2)) };
}

function reportFailures(rows: readonly Row[]): void {
  for (const { server, face, load, failures } of rows) {
    for (const [what, count] of Object.entries(failures))
      console.log(`${server}, ${face}, ${load}: ${count} x ${what}`);
  }
}

/** What was found about one model. */
interface CaseReport {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly footprints: readonly Footprint[];
}

/** Measures one model after another; servers take turns, and only one runs at a time. */
class ServeBenchmark implements Disposable {
  readonly #options: ServeOptions;
  readonly #servers: readonly ServerKind[];
  readonly #generator = new LoadGenerator();
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "relay-bench-"));
  #running: RunningServer | undefined;
  #seed = 0;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#servers = options.servers.filter(isInstalled);
  }

  #session(kind: ServerKind, workload: Workload, arrivals: SessionOptions["arrivals"]): Promise<Session> {
    return runSession(kind, workload, {
      generator: this.#generator,
      threads: this.#options.threads,
      seed: this.#seed,
      logFile: path.join(this.#folder, `${kind.name}.log`),
      arrivals,
      faces: kind.faces(workload.which),
      watch: (running) => {
        this.#running = running;
      },
    });
  }

  /** A server that fails is reported and left out. */
  async #round(workload: Workload, arrivals: SessionOptions["arrivals"]): Promise<readonly Session[]> {
    this.#seed++;
    const sessions: Session[] = [];
    for (const kind of this.#servers) {
      try {
        sessions.push(await this.#session(kind, workload, arrivals));
      } catch (error) {
        console.log(`${kind.name} failed with ${workload.which.name}: ${String(error)}`);
      }
    }
    return sessions;
  }

  async measure(which: Case): Promise<CaseReport> {
    const workload = await workloadOf(which);
    const closed = this.#options.clients.map((clients): Arrivals => ({ kind: "closed", clients }));
    const sessions: Session[] = [];
    for (let round = 0; round < which.rounds; round++) sessions.push(...(await this.#round(workload, () => closed)));
    if (this.#options.isOpenLoop) {
      const rows = rowsOf(sessions);
      const open = (face: Face): readonly Arrivals[] =>
        which.faces.includes(face) ? [openLoop(rows.filter((row) => row.face === face))] : [];
      sessions.push(...(await this.#round(workload, open)));
    }
    return { name: which.name, rows: rowsOf(sessions), footprints: footprintsOf(sessions) };
  }

  /** Ends what runs, at once. */
  [Symbol.dispose](): void {
    this.#running?.kill();
    this.#generator[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The tables of all models, and how torchrelay compares. */
export interface ServeReport {
  readonly measures: readonly Measure[];
  readonly reports: readonly CaseReport[];
}

/** Inference servers side by side. Prints tables as it goes. */
export async function serve(options: ServeOptions): Promise<ServeReport> {
  using benchmark = new ServeBenchmark(options);
  const end = (): void => {
    benchmark[Symbol.dispose]();
    process.exit(130);
  };
  process.once("SIGINT", end).once("SIGTERM", end);
  const reports: CaseReport[] = [];
  const tables: Table[] = [];
  const measures: Measure[] = [];
  for (const which of options.cases) {
    const report = await benchmark.measure(which);
    const found = [...loadTables(which.title, report.rows), footprintTable(which.title, report.footprints)];
    for (const table of found) console.log(asText(table));
    reportFailures(report.rows);
    reports.push(report);
    tables.push(...found);
    measures.push(...goalMeasures(which, report.rows, report.footprints));
  }
  if (options.writesPage) writePage(tables, measures, options);
  return { measures, reports };
}
