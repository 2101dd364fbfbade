import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks of /proc; the same on all Linux. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** In ticks since boot; tells a process from a later one with the same id. */
  readonly started: number;
  /** Also of children that have ended. */
  readonly cpuTicks: number;
  readonly isZombie: boolean;
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}

function entryOf(pid: number): Entry | undefined {
  const stat = read(pid, "stat");
  if (stat === "") return undefined;
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const at = (field: number): number => Number(fields[field - 3]);
  const cpuTicks = at(14) + at(15) + at(16) + at(17);
  return { pid, parent: at(4), started: at(22), cpuTicks, isZombie: fields[0] === "Z" };
}

function entries(): readonly Entry[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => entryOf(Number(pid)) ?? []);
}

/** A process and its descendants, also those that left it, which are known by a variable of their environment. */
export class ProcessTree {
  readonly #root: number;
  readonly #mark: string;
  readonly #seen = new Map<number, number>();

  /** @param mark a text such as `NAME=value` that only the environment of these processes holds */
  constructor(root: number, mark: string) {
    this.#root = root;
    this.#mark = mark;
  }

  #isMember({ pid, parent, started }: Entry, members: ReadonlySet<number>): boolean {
    if (pid === this.#root || members.has(parent) || this.#seen.get(pid) === started) return true;
    return read(pid, "environ").includes(this.#mark);
  }

  /** Those that run now. */
  #members(): readonly Entry[] {
    const members = new Map<number, Entry>();
    const ids = new Set<number>();
    // Parents start before their children.
    for (const entry of [...entries()].sort((a, b) => a.started - b.started || a.pid - b.pid)) {
      if (entry.pid === process.pid || !this.#isMember(entry, ids)) continue;
      ids.add(entry.pid);
      members.set(entry.pid, entry);
      this.#seen.set(entry.pid, entry.started);
    }
    return [...members.values()].filter(({ isZombie }) => !isZombie);
  }

  /** User and system time so far. */
  cpuMs(): number {
    const ticks = this.#members().reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
    return (1000 * ticks) / TICKS_PER_SECOND;
  }

  /** Bytes in memory, of which pages that several processes share count once (proportional set size). */
  residentBytes(): number {
    const pss = this.#members().map(({ pid }) => /^Pss: +(\d+) kB/m.exec(read(pid, "smaps_rollup"))?.[1]);
    return pss.reduce((sum, kib) => sum + KIB * Number(kib ?? 0), 0);
  }

  get isAlive(): boolean {
    return this.#members().length > 0;
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    for (const { pid } of this.#members()) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
    }
  }
}
