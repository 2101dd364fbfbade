import { type FSWatcher, watch } from "node:fs";
import path from "node:path";
import type { SecureVersion } from "node:tls";
import type { ServerLog } from "../observe/server-log.ts";
import { certificateFacts, readTls, sameMaterial } from "./read-tls.ts";
import type { TlsMaterial, TlsOptions } from "./tls-options.ts";

/** Files are often changed one after another: how long to wait for the next. */
const SETTLE_MS = 100;

const MIN_VERSION: SecureVersion = "TLSv1.2";

type Listener = (material: TlsMaterial) => void;

/** The certificate and key of a server, kept up to date with their files. Bad files change nothing. */
export class TlsFiles {
  readonly #options: TlsOptions;
  readonly #log: ServerLog;
  readonly #listeners: Listener[] = [];
  #watchers: readonly FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #material: TlsMaterial;

  /** @throws RelayError FILE_UNREADABLE, OPTION_INVALID */
  constructor(options: TlsOptions, log: ServerLog) {
    this.#options = options;
    this.#log = log;
    this.#material = readTls(options);
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Whether clients must present a certificate. */
  get asksClients(): boolean {
    return this.#options.clientCaFile !== undefined;
  }

  /** For a server of Node's. */
  get serverOptions(): TlsMaterial & {
    readonly minVersion: SecureVersion;
    readonly requestCert: boolean;
    readonly rejectUnauthorized: boolean;
  } {
    const asksClients = this.asksClients;
    return { ...this.#material, minVersion: MIN_VERSION, requestCert: asksClients, rejectUnauthorized: asksClients };
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Watches the folders of the files: those that replace files, or links to them, are seen there. */
  watch(): void {
    if (this.#watchers.length > 0) return;
    const { certFile, keyFile, clientCaFile } = this.#options;
    const files = clientCaFile === undefined ? [certFile, keyFile] : [certFile, keyFile, clientCaFile];
    const folders = new Set(files.map((file) => path.dirname(path.resolve(file))));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder) ?? []);
  }

  #watch(folder: string): FSWatcher | undefined {
    try {
      return watch(folder, { persistent: false }, () => this.#settle()).on("error", (error) => this.#blind(error));
    } catch (error) {
      this.#blind(error as Error);
      return undefined;
    }
  }

  #blind(error: Error): void {
    this.#log.warn("certificates not watched", { reason: error.message });
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.reload(), SETTLE_MS).unref();
  }

  /** Reads the files again. What is wrong with them is logged; the server goes on with what it has. */
  reload(): void {
    try {
      const material = readTls(this.#options);
      if (sameMaterial(material, this.#material)) return;
      this.#material = material;
      for (const listener of this.#listeners) listener(material);
      this.#log.info("certificate changed", certificateFacts(material));
    } catch (error) {
      this.#log.error("certificate not changed", { reason: (error as Error).message });
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
