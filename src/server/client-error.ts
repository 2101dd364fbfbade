import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { RelayError } from "../core/index.ts";
import { errorAnswer } from "./error-answer.ts";
import { invalid } from "./invalid.ts";

/** What ended the reading of a request, by Node's code. @param maxHeaderBytes the limit that the server was given */
export function clientError(code: string, maxHeaderBytes: number): RelayError {
  if (code === "HPE_HEADER_OVERFLOW") return new RelayError("HEADERS_TOO_LARGE", { limit: `${maxHeaderBytes} bytes` });
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new RelayError("REQUEST_TIMEOUT", {});
  return invalid(`it is no HTTP/1.1 (${code})`);
}

/** Answers on a connection whose request could not be read, as far as it still takes an answer, and ends it. */
export function refuseConnection(error: RelayError, socket: Socket): void {
  const { status = 500, headers, body } = errorAnswer(error);
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`);
  socket.destroySoon();
}
