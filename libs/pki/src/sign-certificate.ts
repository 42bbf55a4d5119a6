import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { der } from './der.ts';

/** What a certificate says of its holder. */
export interface CertificateSpec {
  readonly commonName: string;
  /** Groups, to the API server. */
  readonly organizations?: readonly string[];
  readonly use: 'authority' | 'client' | 'server';
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly uris?: readonly string[];
}

export interface Signing {
  readonly spec: CertificateSpec;
  /** Of the holder. */
  readonly publicKey: KeyObject;
  readonly issuer: { readonly spec: CertificateSpec; readonly key: KeyObject };
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** https://www.rfc-editor.org/rfc/rfc5280 and, for the algorithm, RFC 5758. */
const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

const ALGORITHM = der.sequence(der.oid(OID.ecdsaWithSha256));
/** Bit 0 is the highest: digitalSignature; authorities have keyCertSign and cRLSign (bits 5 and 6) too. */
const KEY_USAGE = {
  authority: der.bitString(Buffer.from([0b1000_0110]), 1),
  client: der.bitString(Buffer.from([0b1000_0000]), 7),
  server: der.bitString(Buffer.from([0b1000_0000]), 7),
};
const SERIAL_BYTES = 16;

/** An X.509 version 3 certificate in PEM, signed with ECDSA and SHA-256. */
export function signCertificate({ spec, publicKey, issuer, notBefore, notAfter }: Signing): string {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive and without leading zeros
  const body = der.sequence(
    der.tagged(0, der.integer(Buffer.from([2])), { constructed: true }),
    der.integer(serial),
    ALGORITHM,
    nameOf(issuer.spec),
    der.sequence(der.time(notBefore), der.time(notAfter)),
    nameOf(spec),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, der.sequence(...extensionsOf(spec, { publicKey, issuerKey: createPublicKey(issuer.key) })), { constructed: true }),
  );
  const signed = der.sequence(body, ALGORITHM, der.bitString(sign('sha256', body, issuer.key)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function nameOf({ commonName, organizations = [] }: CertificateSpec): Buffer {
  const part = (type: string, value: string): Buffer => der.set(der.sequence(der.oid(type), der.utf8(value)));
  return der.sequence(...organizations.map(name => part(OID.organization, name)), part(OID.commonName, commonName));
}

function extensionsOf(spec: CertificateSpec, keys: { readonly publicKey: KeyObject; readonly issuerKey: KeyObject }): readonly Buffer[] {
  const isAuthority = spec.use === 'authority';
  const names = alternativeNames(spec);
  const usage = spec.use === 'server' ? OID.serverAuth : OID.clientAuth;
  return [
    extension(OID.basicConstraints, isAuthority ? der.sequence(der.boolean(true)) : der.sequence(), { critical: true }),
    extension(OID.keyUsage, KEY_USAGE[spec.use], { critical: true }),
    ...(isAuthority ? [] : [extension(OID.extendedKeyUsage, der.sequence(der.oid(usage)))]),
    extension(OID.subjectKeyIdentifier, der.octetString(keyId(keys.publicKey))),
    extension(OID.authorityKeyIdentifier, der.sequence(der.tagged(0, keyId(keys.issuerKey), { constructed: false }))),
    ...(names.length > 0 ? [extension(OID.subjectAltName, der.sequence(...names))] : []),
  ];
}

const extension = (id: string, value: Buffer, { critical = false } = {}): Buffer =>
  der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));

/** GeneralName: rfc822Name is 1, dNSName 2, uniformResourceIdentifier 6, iPAddress 7. */
const alternativeNames = ({ dnsNames = [], ips = [], uris = [] }: CertificateSpec): readonly Buffer[] =>
  [
    ...dnsNames.map(name => ({ tag: 2, value: Buffer.from(name) })),
    ...ips.map(ip => ({ tag: 7, value: addressBytes(ip) })),
    ...uris.map(uri => ({ tag: 6, value: Buffer.from(uri) })),
  ].map(({ tag, value }) => der.tagged(tag, value, { constructed: false }));

function addressBytes(ip: string): Buffer {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number));
  if (!isIPv6(ip)) throw new Error(`"${ip}" is not an IP address`);
  const [head = '', tail] = ip.split('::');
  const groups = (part: string | undefined): string[] => part?.split(':').filter(Boolean) ?? [];
  const zeros = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(tail === undefined ? 0 : zeros).fill('0'), ...groups(tail)];
  return Buffer.from(all.map(group => group.padStart(4, '0')).join(''), 'hex');
}

/** RFC 5280 4.2.1.2, method 1: SHA-1 over the key's own bits, the last 65 bytes of a P-256 SPKI. */
const keyId = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }).subarray(-65))
    .digest();
