const LOOPBACK = /^(localhost|::1|127(\.\d{1,3}){3})$/;

/** What a server that others can reach lacks; nothing when only its own machine can. @param has what it has */
export function unprotected(
  host: string,
  has: { readonly tls: boolean; readonly keys: boolean },
): readonly ("encryption" | "API keys")[] {
  if (LOOPBACK.test(host)) return [];
  return [...(has.tls ? [] : (["encryption"] as const)), ...(has.keys ? [] : (["API keys"] as const))];
}
