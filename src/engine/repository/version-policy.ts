/** Which versions of a model to serve, in the words of Triton. */
export type VersionPolicy =
  | { readonly latest: { readonly numVersions?: number } }
  | { readonly all: Readonly<Record<string, never>> }
  | { readonly specific: { readonly versions: readonly number[] } };

export const LATEST: VersionPolicy = { latest: { numVersions: 1 } };

/** The versions that a policy chooses, the highest first. */
export function chosenVersions(policy: VersionPolicy, available: readonly string[]): readonly string[] {
  const versions = [...available].sort((a, b) => Number(b) - Number(a));
  if ("all" in policy) return versions;
  if ("latest" in policy) return versions.slice(0, policy.latest.numVersions ?? 1);
  return versions.filter((version) => policy.specific.versions.includes(Number(version)));
}
