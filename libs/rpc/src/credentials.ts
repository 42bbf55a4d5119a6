import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { credentials, type ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';

/** PEM files of one side of a mutual TLS connection. */
export interface TlsFiles {
  /** The authority that signed the other side. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * For a channel to `address`, whose certificate must name its host. Reads the files at every call: a channel opened
 * later uses certificates rotated meanwhile.
 */
export function clientCredentials({ caFile, certFile, keyFile }: TlsFiles, address: string): ChannelCredentials {
  const { host } = hostOf(address);
  return credentials.createSsl(readFileSync(caFile), readFileSync(keyFile), readFileSync(certFile), {
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  });
}

/** For a channel to a Unix socket, whose file mode says who may connect. */
export const socketCredentials = (): ChannelCredentials => credentials.createInsecure();

/** The host of `host:port` or `[v6]:port`. */
export function hostOf(address: string): { readonly host: string; readonly isIp: boolean } {
  const host = address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return { host, isIp: isIP(host) !== 0 };
}

/** Clients without a certificate of the authority are refused in the handshake. */
export function serverCredentials({ caFile, certFile, keyFile }: TlsFiles): ServerCredentials {
  return ServerCredentials.createSsl(
    readFileSync(caFile),
    [{ cert_chain: readFileSync(certFile), private_key: readFileSync(keyFile) }],
    true,
  );
}

/** Who a verified client certificate names. */
export interface Peer {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The whole certificate in DER form. */
  readonly raw: Buffer | undefined;
}

export function peerOf(certificate: PeerCertificate | undefined): Peer | undefined {
  const subject = certificate?.subject as { readonly CN?: string; readonly O?: string | readonly string[] } | undefined;
  if (!subject?.CN) return undefined;
  const { O: organizations = [] } = subject;
  return {
    commonName: subject.CN,
    organizations: typeof organizations === 'string' ? [organizations] : organizations,
    raw: certificate?.raw,
  };
}
