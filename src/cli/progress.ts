import { performance } from "node:perf_hooks";
import { clearLine, cursorTo } from "node:readline";
import { formatCount, formatSeconds } from "./format.ts";

/** Work that is shorter shows nothing. */
const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
const BAR_WIDTH = 24;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** `⠹ loading model.pt2, 3.2 s` */
export function spinnerLine(what: string, elapsedMs: number): string {
  const frame = SPINNER[Math.floor(elapsedMs / REDRAW_MS) % SPINNER.length];
  return `${frame} ${what}, ${formatSeconds(elapsedMs)}`;
}

/** `[######------------------] 2,500/10,000 requests, 1,205/s, 6.2 s left` */
export function barLine(done: number, total: number, elapsedMs: number): string {
  const filled = Math.floor((done / total) * BAR_WIDTH);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, "-");
  const counts = `[${bar}] ${formatCount(done)}/${formatCount(total)} requests`;
  if (done === 0) return counts;
  const leftMs = (elapsedMs / done) * (total - done);
  return `${counts}, ${formatCount((done / elapsedMs) * 1000)}/s, ${formatSeconds(leftMs)} left`;
}

/** One line at the foot of a terminal that says how far work has come. Shows nothing on anything but a terminal. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows `line` from the first second on until `work` is settled. */
  async during<T>(line: (elapsedMs: number) => string, work: Promise<T>): Promise<T> {
    if (!this.#stream.isTTY) return work;
    const startedMs = performance.now();
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedMs;
      if (elapsedMs >= PATIENCE_MS) this.#draw(line(elapsedMs));
    }, REDRAW_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#draw("");
    }
  }

  #draw(text: string): void {
    cursorTo(this.#stream, 0);
    this.#stream.write(text.slice(0, this.#stream.columns - 1));
    clearLine(this.#stream, 1);
  }
}
