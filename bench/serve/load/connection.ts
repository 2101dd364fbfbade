/** Called once for each request. The body is valid during the call only. @param status of HTTP */
export type Answered = (status: number, body: Buffer) => void;

/** A connection that carries one request at a time. */
export interface Connection {
  /** @param failed what went wrong; the connection is then of no more use */
  send(request: Uint8Array, answered: Answered, failed: (reason: string) => void): void;
  close(): void;
}
