import { generate } from "selfsigned";

/** A certificate and its key, in PEM form. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const NAMES = [
  { type: 2, value: "localhost" },
  { type: 7, ip: "127.0.0.1" },
] as const;

async function identity(name: string, options: object): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    ...options,
  });
  return { cert, key };
}

/** An authority of its own. */
export function makeAuthority(name: string): Promise<Identity> {
  const extensions = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true },
  ];
  return identity(name, { extensions });
}

/** What an authority vouches for: good for servers on this machine, and for clients. */
export function issue(name: string, ca: Identity): Promise<Identity> {
  const extensions = [
    { name: "basicConstraints", cA: false },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true, clientAuth: true },
    { name: "subjectAltName", altNames: NAMES },
  ];
  return identity(name, { extensions, ca });
}
