import { styleText } from "node:util";
import { Progress } from "./progress.ts";
import { unwritable } from "./write-file.ts";

type Format = Parameters<typeof styleText>[0];

/** How a text looks where colours are welcome; the text itself elsewhere. */
export type Style = (format: Format, text: string) => string;

/** A control character, or a whole colour code. */
const CONTROL = /\p{Cc}(?:\[\d+m)?/gu;

/** Names from a file must not steer the terminal: what is not a colour or a line end becomes visible. */
export function harmless(text: string): string {
  return text.replace(CONTROL, (found) => (found === "\n" || found.startsWith("\u001b[") ? found : "\u{FFFD}"));
}

function styleOf(stream: NodeJS.WriteStream): Style {
  const isColourful = stream.isTTY && stream.hasColors();
  return (format, text) => (isColourful ? styleText(format, text) : text);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  stream.write(stream.isTTY ? harmless(text) : text);
}

/** The process as commands see it: where to write, and how it ends. */
export class Terminal {
  readonly style: Style = styleOf(process.stdout);
  readonly errorStyle: Style = styleOf(process.stderr);
  readonly progress: Progress = new Progress(process.stderr);

  constructor() {
    process.stdout.on("error", (error) => this.#stdoutFailed(error));
    // Nobody can be told of this one.
    process.stderr.on("error", () => {});
  }

  /** A reader that has seen enough, such as `head`, is no failure: the rest is dropped and the command goes on. */
  #stdoutFailed(error: NodeJS.ErrnoException): void {
    if (error.code === "EPIPE") return;
    this.fail(1);
    const { code, message } = unwritable("standard output", error);
    this.complain(`${this.errorStyle("red", "error:")} ${code}: ${message}\n`);
  }

  /** Writes results. */
  print(text: string): void {
    write(process.stdout, text);
  }

  /** Writes what went wrong. */
  complain(text: string): void {
    write(process.stderr, text);
  }

  fail(exitCode: number): void {
    process.exitCode = exitCode;
  }
}
