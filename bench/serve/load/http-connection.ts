import net from "node:net";
import type { Answered, Connection } from "./connection.ts";
import { parseResponse } from "./response.ts";

const READ_BYTES = 64 * 1024;

interface Pending {
  readonly answered: Answered;
  readonly failed: (reason: string) => void;
}

/** HTTP/1.1 with keep-alive on a bare socket: requests are sent as they are. */
export class HttpConnection implements Connection {
  readonly #socket: net.Socket;
  #received: Buffer | undefined;
  #pending: Pending | undefined;
  #broken: string | undefined;

  constructor(port: number) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const callback = (size: number): boolean => {
      this.#receive(buffer.subarray(0, size));
      return true;
    };
    this.#socket = net.connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer, callback } });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#break(error.code ?? error.message));
    this.#socket.on("close", () => this.#break("the connection was closed"));
  }

  send(request: Uint8Array, answered: Answered, failed: (reason: string) => void): void {
    if (this.#broken !== undefined) {
      failed(this.#broken);
      return;
    }
    this.#pending = { answered, failed };
    this.#socket.write(request);
  }

  #receive(bytes: Buffer): void {
    const received = this.#received ? Buffer.concat([this.#received, bytes]) : bytes;
    const response = parseResponse(received);
    if (!response) {
      // The socket writes its next bytes into the same buffer.
      this.#received = this.#received ? received : Buffer.from(received);
      return;
    }
    this.#received = undefined;
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.answered(response.status, response.body);
  }

  #break(reason: string): void {
    this.#broken ??= reason;
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.failed(reason);
  }

  close(): void {
    this.#pending = undefined;
    this.#socket.destroy();
  }
}
