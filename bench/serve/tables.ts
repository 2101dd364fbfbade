import type { Footprint, Row } from "./summary.ts";

/** A heading, column names, and cells. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

function failureText(failures: Row["failures"]): string {
  return String(Object.values(failures).reduce((sum, count) => sum + count, 0));
}

const ROW_COLUMNS: Readonly<Record<string, (row: Row) => string>> = {
  clients: ({ load }) => load,
  server: ({ server }) => server,
  "requests/s": ({ requestsPerSecond }) => digits(requestsPerSecond),
  "p50 ms": ({ p50Ms }) => digits(p50Ms),
  "p95 ms": ({ p95Ms }) => digits(p95Ms),
  "p99 ms": ({ p99Ms }) => digits(p99Ms),
  "CPU ms/request": ({ cpuMsPerRequest }) => digits(cpuMsPerRequest),
  failures: ({ failures }) => failureText(failures),
};

/** A table for each face, rows by load. */
export function loadTables(title: string, rows: readonly Row[]): readonly Table[] {
  return [...new Set(rows.map(({ face }) => face))].map((face) => {
    const own = rows.filter((row) => row.face === face);
    const loads = [...new Set(own.map(({ load }) => load))];
    const sorted = loads.flatMap((load) => own.filter((row) => row.load === load));
    const cells = sorted.map((row) => Object.values(ROW_COLUMNS).map((column) => column(row)));
    return { title: `${title}, ${face}`, columns: Object.keys(ROW_COLUMNS), rows: cells };
  });
}

export function footprintTable(title: string, footprints: readonly Footprint[]): Table {
  const rows = footprints.map(({ server, readyMs, residentBytes }) => [
    server,
    digits(readyMs / 1000),
    digits(residentBytes / 1e6),
  ]);
  return { title: `${title}, footprint`, columns: ["server", "ready s", "memory MB"], rows };
}

/** Columns of text, numbers to the right. */
export function asText({ title, columns, rows }: Table): string {
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (columns[i] === "server" ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ");
  return `\n${title}\n${[columns, ...rows].map((cells) => line(cells).trimEnd()).join("\n")}`;
}

export function asMarkdown({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = line(columns.map((name) => (name === "server" ? "---" : "---:")));
  return `## ${title}\n\n${[line(columns), rule, ...rows.map(line)].join("\n")}\n`;
}
