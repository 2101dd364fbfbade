/** A whole HTTP/1.1 request as bytes. */
export function httpPost(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries({ host: "127.0.0.1", ...headers, "content-length": String(body.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`), body]);
}

export function jsonPost(path: string, value: unknown): Uint8Array {
  return httpPost(path, Buffer.from(JSON.stringify(value)), { "content-type": "application/json" });
}
