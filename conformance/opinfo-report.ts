/** How one case of the operator database ended. */
export interface CaseReport {
  readonly entry: string;
  readonly name: string;
  readonly kind: "equal" | "refused" | "different" | "failed";
  readonly reason?: string;
}

/** The cases of one entry of the operator database. */
export interface Entry {
  readonly name: string;
  readonly reports: readonly CaseReport[];
}

type Verdict = "wrong" | "fails" | "in full" | "in part" | "refused";

export function entriesOf(reports: readonly CaseReport[]): readonly Entry[] {
  const names = [...new Set(reports.map(({ entry }) => entry))].sort();
  return names.map((name) => ({ name, reports: reports.filter(({ entry }) => entry === name) }));
}

function verdictOf({ reports }: Entry): Verdict {
  const has = (kind: CaseReport["kind"]) => reports.some((report) => report.kind === kind);
  if (has("different")) return "wrong";
  if (has("failed")) return "fails";
  if (!has("refused")) return "in full";
  return has("equal") ? "in part" : "refused";
}

function firstLine(reason: string | undefined): string {
  const [first = "", second = ""] = (reason ?? "").split("\n");
  return `${first.endsWith("cannot run:") ? second : first}`.trim().slice(0, 200);
}

/** What operators and reasons the refused cases name, without where they are called. */
function reasonsOf({ reports }: Entry): readonly string[] {
  const lines = reports.filter(({ kind }) => kind === "refused").map(({ reason }) => firstLine(reason));
  return [...new Set(lines.map((line) => line.replace(/ \(\d+ times\)|, first in .*$/g, "")))];
}

function problemsOf({ reports }: Entry): readonly string[] {
  const broken = reports.filter(({ kind }) => kind === "different" || kind === "failed");
  return broken.map(
    ({ name, kind, reason }) => `  ${kind === "different" ? "WRONG" : "FAILS"} ${name}: ${firstLine(reason)}`,
  );
}

function counted(entries: readonly Entry[], verdict: Verdict): number {
  return entries.filter((entry) => verdictOf(entry) === verdict).length;
}

/** Totals, and everything that is neither as in PyTorch nor refused. */
export function summary(entries: readonly Entry[]): string {
  const verdicts: readonly Verdict[] = ["in full", "in part", "refused", "fails", "wrong"];
  const totals = verdicts.map((verdict) => `${counted(entries, verdict)} ${verdict}`).join(", ");
  return [...entries.flatMap(problemsOf), `${entries.length} entries: ${totals}`].join("\n");
}

function row(entry: Entry): string {
  const ran = entry.reports.filter(({ kind }) => kind === "equal").length;
  const reasons = reasonsOf(entry).map((reason) => reason.replaceAll("|", "\\|"));
  return `| \`${entry.name}\` | ${verdictOf(entry)} | ${ran} of ${entry.reports.length} | ${reasons.join("; ")} |`;
}

/** The table of entries for the documentation. */
export function page(entries: readonly Entry[]): string {
  const agreeing = counted(entries, "in full");
  return `# PyTorch's operator database

Every entry of PyTorch's operator database (OpInfo) that \`torch.export\` exports, with all its samples in float32, int64
and bool: ${agreeing} of ${entries.length} entries give what PyTorch gives on every sample, ${counted(entries, "in part")} on some while the rest is refused, and
${counted(entries, "refused")} are refused. \`npm run opinfo -- FOLDER\` writes this page, from what \`conformance/generate/opinfo.py FOLDER\` exports.

| entry | agrees | programs | refused |
|---|---|---|---|
${entries.map(row).join("\n")}
`;
}
