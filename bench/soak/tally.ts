/** What became of the requests of a soak. A finding is something that must not happen. */
export class Tally {
  readonly counts: Map<string, number> = new Map();
  readonly findings: Map<string, number> = new Map();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Holds a condition to be true. */
  expect(isTrue: boolean, finding: string): void {
    if (!isTrue) this.findings.set(finding, (this.findings.get(finding) ?? 0) + 1);
  }
}
