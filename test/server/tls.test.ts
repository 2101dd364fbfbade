import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import tls, { type TLSSocket } from "node:tls";
import { credentials, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TlsOptions } from "../../dist/server/index.js";
import { type Identity, issue, makeAuthority } from "./authority.ts";
import { bareCall, INFERENCE } from "./bare-grpc.ts";
import { echoOf, type Serving, serveEcho } from "./serving.ts";

let folder: string;
let authority: Identity;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "torchrelay-tls-"));
  authority = await makeAuthority("authority");
});

afterEach(() => rmSync(folder, { recursive: true }));

function write({ cert, key }: Identity, where = folder): TlsOptions {
  const files = { certFile: path.join(where, "tls.crt"), keyFile: path.join(where, "tls.key") };
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
  return files;
}

function secured(options: TlsOptions, lines: string[] = []): Promise<Serving> {
  const logTo = { write: (line: string) => lines.push(line) };
  return serveEcho(echoOf(["int32"]), {}, { tls: options, logLevel: "info", logTo });
}

interface Met {
  readonly status: number | undefined;
  /** Name of the server by its certificate. */
  readonly server: string | undefined;
  readonly protocol: string | null;
}

/** One request on a connection of its own. */
async function meet(url: string, client: https.RequestOptions = {}): Promise<Met> {
  const request = https.get(`${url}/v2/health/live`, { agent: false, ca: authority.cert, ...client });
  const [response] = await once(request, "response");
  const socket = response.socket as TLSSocket;
  const met = {
    status: response.statusCode as number | undefined,
    server: socket.getPeerCertificate().subject.CN,
    protocol: socket.getProtocol(),
  };
  response.resume();
  await once(response, "end");
  return met;
}

function callGrpc(port: number, client?: Identity): Promise<unknown> {
  const [key, cert] = client ? [Buffer.from(client.key), Buffer.from(client.cert)] : [];
  const channel = credentials.createSsl(Buffer.from(authority.cert), key, cert);
  return bareCall({ host: "localhost", port, path: `${INFERENCE}/ServerReady`, channel });
}

test("HTTP and gRPC are encrypted, and nothing answers in plain text", async () => {
  const { server, url } = await secured(write(await issue("first", authority)));
  expect(url).toMatch(/^https:/);
  expect(await meet(url)).toEqual({ status: 200, server: "first", protocol: "TLSv1.3" });
  await expect(fetch(url.replace("https", "http"))).rejects.toThrow();
  const port = await server.listenGrpc({ port: 0 });
  await callGrpc(port);
  await expect(bareCall({ port, path: `${INFERENCE}/ServerReady` })).rejects.toMatchObject({
    code: status.UNAVAILABLE,
  });
});

test("TLS before 1.2 is refused", async () => {
  const { server, url } = await secured(write(await issue("first", authority)));
  const port = await server.listenGrpc({ port: 0 });
  for (const at of [Number(new URL(url).port), port]) {
    const connect = async (maxVersion: tls.SecureVersion): Promise<string | null> => {
      const options = { host: "localhost", port: at, ca: authority.cert, minVersion: "TLSv1", maxVersion } as const;
      const socket = tls.connect({ ...options, ciphers: "DEFAULT@SECLEVEL=0", ALPNProtocols: ["h2", "http/1.1"] });
      try {
        await once(socket, "secureConnect");
        return socket.getProtocol();
      } finally {
        socket.destroy();
      }
    };
    await expect(connect("TLSv1.1")).rejects.toThrow();
    expect(await connect("TLSv1.2")).toBe("TLSv1.2");
  }
});

test("with an authority of clients, only who has its certificate gets in", async () => {
  const clients = await makeAuthority("clients");
  const clientCaFile = path.join(folder, "clients.crt");
  writeFileSync(clientCaFile, clients.cert);
  const { server, url } = await secured({ ...write(await issue("first", authority)), clientCaFile });
  const port = await server.listenGrpc({ port: 0 });
  const [known, stranger] = [await issue("known", clients), await issue("stranger", authority)];
  expect((await meet(url, known)).status).toBe(200);
  await callGrpc(port, known);
  for (const client of [undefined, stranger]) {
    await expect(meet(url, client)).rejects.toThrow();
    await expect(callGrpc(port, client)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  }
});

test("files that are replaced are taken up, over HTTP and gRPC, without being told", async () => {
  const { server, url } = await secured(write(await issue("first", authority)));
  const port = await server.listenGrpc({ port: 0 });
  expect((await meet(url)).server).toBe("first");
  authority = await makeAuthority("another authority");
  await expect(callGrpc(port)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  write(await issue("second", authority));
  const serverOf = (): Promise<string | undefined> =>
    meet(url).then(
      (met) => met.server,
      () => undefined,
    );
  while ((await serverOf()) !== "second");
  await callGrpc(port);
});

test("files behind a link to a folder that is swapped are taken up", async () => {
  for (const version of ["1", "2"]) {
    mkdirSync(path.join(folder, version));
    write(await issue(version, authority), path.join(folder, version));
  }
  const link = (target: string, name: string): void => symlinkSync(target, path.join(folder, name));
  link("1", "..data");
  link("..data/tls.crt", "tls.crt");
  link("..data/tls.key", "tls.key");
  const files = { certFile: path.join(folder, "tls.crt"), keyFile: path.join(folder, "tls.key") };
  const { url } = await secured(files);
  expect((await meet(url)).server).toBe("1");
  link("2", "..data_tmp");
  renameSync(path.join(folder, "..data_tmp"), path.join(folder, "..data"));
  while ((await meet(url)).server !== "2");
});

test("bad files change nothing, and the log says why", async () => {
  const lines: string[] = [];
  const files = write(await issue("first", authority));
  const { server, url } = await secured(files, lines);
  writeFileSync(files.keyFile, (await issue("second", authority)).key);
  server.reload();
  expect((await meet(url)).server).toBe("first");
  expect(lines.map((line) => JSON.parse(line)).find(({ level }) => level === "error")).toMatchObject({
    event: "certificate not changed",
    reason: expect.stringContaining("key"),
  });
});

test("a server does not begin with bad files", async () => {
  const files = write({ ...(await issue("first", authority)), key: authority.key });
  await expect(secured(files)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(secured({ ...files, certFile: path.join(folder, "nowhere") })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
  });
});
