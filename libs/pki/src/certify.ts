import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { CertificateRequest } from './certificate-request.ts';
import { childrenOf, readDer, readPem, writePem } from './der-reader.ts';
import { der } from './der.ts';

/** Who certifies: a certificate of an authority and its key. */
export interface Certifier {
  /** Its name, in DER. */
  readonly subject: Buffer;
  readonly key: KeyObject;
  readonly notAfter: Date;
}

/** Bits of KeyUsage (RFC 5280 4.2.1.3), from the highest on. */
const KEY_USAGES = [
  'digital signature',
  'content commitment',
  'key encipherment',
  'data encipherment',
  'key agreement',
  'cert sign',
  'crl sign',
];
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
};
const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;
const VERSION_TAG = 0xa0;
const SERIAL_BYTES = 16;
const NULL = Buffer.from([0x05, 0x00]);

/** Throws with the reason when they are no certificate and key of an authority that belong together. */
export function readCertifier({ certPem, keyPem }: { readonly certPem: string; readonly keyPem: string }): Certifier {
  const certificate = new X509Certificate(certPem);
  const key = createPrivateKey(keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error('the key does not belong to the certificate');
  if (!certificate.ca) throw new Error('the certificate is not one of an authority');
  const [body] = childrenOf(readDer(readPem(certPem, 'CERTIFICATE') ?? certificate.raw)[0]);
  const fields = childrenOf(body);
  // [0] version, serial number, algorithm, issuer, validity, subject
  const subject = fields[fields[0]?.tag === VERSION_TAG ? 5 : 4];
  if (!subject) throw new Error('the certificate names nobody');
  return { subject: subject.raw, key, notAfter: certificate.validToDate };
}

export interface Certification {
  readonly request: CertificateRequest;
  /** In the words of the certificates API, such as `client auth`. */
  readonly usages: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate of what was requested, in PEM. It never outlives the authority's. */
export function certify({ request, usages, notBefore, notAfter }: Certification, { subject, key, notAfter: last }: Certifier): string {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive and without leading zeros
  const algorithm =
    key.asymmetricKeyType === 'rsa' ? der.sequence(der.oid(OID.rsaWithSha256), NULL) : der.sequence(der.oid(OID.ecdsaWithSha256));
  const body = der.sequence(
    der.tagged(0, der.integer(Buffer.from([2])), { constructed: true }),
    der.integer(serial),
    algorithm,
    subject,
    der.sequence(der.time(notBefore), der.time(notAfter < last ? notAfter : last)),
    request.subject,
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, der.sequence(...extensions(request, usages, key)), { constructed: true }),
  );
  return writePem(der.sequence(body, algorithm, der.bitString(sign('sha256', body, key))), 'CERTIFICATE');
}

function extensions(request: CertificateRequest, usages: readonly string[], key: KeyObject): readonly Buffer[] {
  const extended = usages.flatMap(usage => EXTENDED_USAGES[usage] ?? []);
  return [
    extension(OID.basicConstraints, der.sequence(), { critical: true }),
    extension(OID.keyUsage, keyUsageBits(usages), { critical: true }),
    ...(extended.length > 0 ? [extension(OID.extendedKeyUsage, der.sequence(...extended.map(der.oid)))] : []),
    extension(OID.subjectKeyIdentifier, der.octetString(keyId(request.publicKey))),
    extension(OID.authorityKeyIdentifier, der.sequence(der.tagged(0, keyId(createPublicKey(key)), { constructed: false }))),
    ...(request.alternativeNames ? [extension(OID.subjectAltName, request.alternativeNames)] : []),
  ];
}

const extension = (id: string, value: Buffer, { critical = false } = {}): Buffer =>
  der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));

function keyUsageBits(usages: readonly string[]): Buffer {
  const bits = KEY_USAGES.reduce((sum, usage, at) => (usages.includes(usage) ? sum | (0x80 >> at) : sum), 0);
  return der.bitString(Buffer.from([bits]), bits === 0 ? 0 : Math.clz32(bits & -bits) ^ 31);
}

/** RFC 5280 4.2.1.2, method 1: SHA-1 over the bits of the key itself. */
function keyId(key: KeyObject): Buffer {
  const [, bits] = childrenOf(readDer(key.export({ type: 'spki', format: 'der' }))[0]);
  return createHash('sha1')
    .update(bits?.content.subarray(1) ?? Buffer.alloc(0))
    .digest();
}
