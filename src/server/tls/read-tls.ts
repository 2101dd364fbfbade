import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { RelayError } from "../../core/index.ts";
import { unreadableReason } from "../../util/index.ts";
import type { TlsMaterial, TlsOptions } from "./tls-options.ts";

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new RelayError("FILE_UNREADABLE", { file, reason: unreadableReason(error) }, { cause: error });
  }
}

/** The files, if a server can be made of them. @throws RelayError FILE_UNREADABLE, OPTION_INVALID */
export function readTls({ certFile, keyFile, clientCaFile }: TlsOptions): TlsMaterial {
  const material = {
    cert: read(certFile),
    key: read(keyFile),
    ...(clientCaFile !== undefined && { ca: read(clientCaFile) }),
  };
  try {
    createSecureContext(material);
    if (material.ca) new X509Certificate(material.ca);
    return material;
  } catch (error) {
    const given = `${certFile} with ${keyFile}: ${(error as Error).message}`;
    const legal = "a certificate and its key in PEM form, and certificates of authorities";
    throw new RelayError("OPTION_INVALID", { option: "tls", given, legal }, { cause: error });
  }
}

/** What a log says of a certificate. */
export function certificateFacts({ cert }: TlsMaterial): { readonly subject: string; readonly validTo: string } {
  const { subject, validTo } = new X509Certificate(cert);
  return { subject: subject.replaceAll("\n", ", "), validTo };
}

export function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.cert.equals(b.cert) && a.key.equals(b.key) && (a.ca?.equals(b.ca ?? Buffer.of()) ?? b.ca === undefined);
}
