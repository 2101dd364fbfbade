import { experimental, ServerCredentials } from "@grpc/grpc-js";
import type { TlsFiles } from "../tls/tls-files.ts";
import type { TlsMaterial } from "../tls/tls-options.ts";

/** Gives the listener what the files hold, now and whenever that changes. */
class TlsProvider implements experimental.CertificateProvider {
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  readonly #adapted = new Map<unknown, (material: TlsMaterial) => void>();
  readonly #tls: TlsFiles;

  constructor(tls: TlsFiles) {
    this.#tls = tls;
    tls.onChange((material) => {
      for (const listener of this.#listeners) listener(material);
    });
  }

  #add(key: unknown, listener: (material: TlsMaterial) => void): void {
    this.#adapted.set(key, listener);
    this.#listeners.add(listener);
    // The server is not yet there to be told while it adds a listener.
    queueMicrotask(() => listener(this.#tls.material));
  }

  #remove(key: unknown): void {
    const listener = this.#adapted.get(key);
    if (listener) this.#listeners.delete(listener);
    this.#adapted.delete(key);
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#add(listener, ({ ca }) => listener(ca ? { caCertificate: ca } : null));
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#remove(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#add(listener, ({ cert, key }) => listener({ certificate: cert, privateKey: key }));
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#remove(listener);
  }
}

/** What a gRPC server is to be bound with. Node's own lowest version of TLS is 1.2. @param tls undefined: no encryption */
export function serverCredentials(tls: TlsFiles | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const provider = new TlsProvider(tls);
  // The names of the parameters are the wrong way round there: that of the server's own certificate comes first.
  const { createCertificateProviderServerCredentials: create } = experimental;
  return create(provider, tls.asksClients ? provider : null, tls.asksClients);
}
