/** Numbers at which the echo model ends its thread, or throws. Other requests never begin with them. */
export const EXIT_ON = 0x7f;
export const THROW_ON = 0x7e;

/** Where the soaked server listens, and the folder of its models. */
export interface Listening {
  readonly url: string;
  readonly grpcPort: number;
  readonly folder: string;
}

/** What a leak would show in. */
export interface Facts {
  readonly rssBytes: number;
  /** By kind. */
  readonly handles: Readonly<Record<string, number>>;
  readonly files: number;
}

export interface Reloads {
  readonly loaded: number;
  readonly unloaded: number;
  readonly failed: number;
}
