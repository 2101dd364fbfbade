export interface Response {
  readonly status: number;
  readonly body: Buffer;
  /** Bytes of the whole response. */
  readonly length: number;
}

const HEAD_END = "\r\n\r\n";
const LINE_END = "\r\n";

/** The bytes of a chunked body that starts at `start`, and where it ends; undefined while it is incomplete. */
function unchunk(bytes: Buffer, start: number): { readonly body: Buffer; readonly end: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + LINE_END.length + size + LINE_END.length;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), end: next };
    chunks.push(bytes.subarray(lineEnd + LINE_END.length, next - LINE_END.length));
    at = next;
  }
}

/** The HTTP/1.1 response that the bytes start with; undefined while it is incomplete. */
export function parseResponse(bytes: Buffer): Response | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  const start = headEnd + HEAD_END.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return bytes.length < end ? undefined : { status, body: bytes.subarray(start, end), length: end };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, body: bytes.subarray(0, 0), length: start };
  const chunked = unchunk(bytes, start);
  return chunked && { status, body: chunked.body, length: chunked.end };
}
