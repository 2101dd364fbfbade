import { once } from "node:events";
import net, { type Socket } from "node:net";

/** A connection on which a test says what it likes. */
export class RawConnection {
  readonly socket: Socket;
  readonly #closed: Promise<unknown>;
  #text = "";

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = net.connect(Number(port), hostname);
    this.socket.on("error", () => {});
    this.socket.on("data", (bytes) => {
      this.#text += bytes.toString("latin1");
    });
    this.#closed = once(this.socket, "close");
  }

  send(...lines: readonly string[]): this {
    this.socket.write(lines.join("\r\n"));
    return this;
  }

  write(bytes: Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** What the server said until it closed the connection. */
  async untilClosed(): Promise<string> {
    await this.#closed;
    return this.#text;
  }

  /** What the server has said when `pattern` is in it. Rejects when the connection ends before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      if (this.socket.closed) throw new Error(`closed after: ${this.#text}`);
      await Promise.race([once(this.socket, "data"), this.#closed]);
    }
    return this.#text;
  }
}
