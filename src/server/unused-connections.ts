import type { Socket } from "node:net";

/** Connections on which no request has come yet. Node takes them for busy, so that a server that closes would wait for them. */
export class UnusedConnections {
  readonly #sockets = new Set<Socket>();
  #areDropped = false;

  opened(socket: Socket): void {
    if (this.#areDropped) socket.destroy();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  used(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  /** Ends them, and from now on every new one. */
  drop(): void {
    this.#areDropped = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}
