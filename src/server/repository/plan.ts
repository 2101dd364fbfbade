/** A version that has been loaded, or tried. */
export interface CurrentVersion {
  readonly version: string;
  readonly identity: string;
  /** The last try failed; an earlier state of the version may be serving. */
  readonly hasFailed: boolean;
}

/** A version that is to be served. */
export interface DesiredVersion {
  readonly version: string;
  readonly identity: string;
}

export interface Plan<T extends DesiredVersion> {
  readonly load: readonly T[];
  readonly keep: readonly T[];
  /** Versions that are no longer wanted. */
  readonly unload: readonly string[];
}

export interface PlanOptions {
  /** Whether to try again what has failed and not changed since. */
  readonly retriesFailed: boolean;
}

/** What to do so that the versions that are wanted are those that are served. */
export function plan<T extends DesiredVersion>(
  current: readonly CurrentVersion[],
  wanted: readonly T[],
  { retriesFailed }: PlanOptions,
): Plan<T> {
  const byVersion = new Map(current.map((entry) => [entry.version, entry]));
  const isCurrent = ({ version, identity }: T): boolean => {
    const entry = byVersion.get(version);
    return entry?.identity === identity && !(retriesFailed && entry.hasFailed);
  };
  return {
    load: wanted.filter((version) => !isCurrent(version)),
    keep: wanted.filter(isCurrent),
    unload: current
      .map(({ version }) => version)
      .filter((version) => !wanted.some((candidate) => candidate.version === version)),
  };
}

/** How loading went. */
export interface Outcome {
  /** Versions that are wanted and serve as wanted. */
  readonly succeeded: number;
  readonly failed: number;
  /** Versions whose files are there, wanted or not. */
  readonly found: readonly string[];
}

/**
 * The versions that may go, of those no longer wanted. As long as one that is wanted fails, those stay whose files are
 * there; all stay when they are all there is.
 */
export function dispensable(unwanted: readonly string[], { succeeded, failed, found }: Outcome): readonly string[] {
  if (failed === 0) return unwanted;
  return succeeded === 0 ? [] : unwanted.filter((version) => !found.includes(version));
}
