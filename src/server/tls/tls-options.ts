/** Files in PEM form, read again when they change. */
export interface TlsOptions {
  /** The certificate of the server, and after it those that lead to its authority. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of clients. When given, a client must present a certificate of one. */
  readonly clientCaFile?: string;
}

/** What the files held when they were last good. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}
