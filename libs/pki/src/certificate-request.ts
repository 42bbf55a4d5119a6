import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { childrenOf, type DerNode, readDer, readOid, readPem } from './der-reader.ts';

/** What a PKCS #10 request (RFC 2986) asks to be certified. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  readonly publicKey: KeyObject;
  /** The name as it came, in DER. */
  readonly subject: Buffer;
  /** The alternative names as they came, in DER; undefined when there are none. */
  readonly alternativeNames: Buffer | undefined;
}

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  extensionRequest: '1.2.840.113549.1.9.14',
  subjectAltName: '2.5.29.17',
} as const;

/** Signature algorithms (RFC 5758, RFC 8017, RFC 8410), and the hash each signs. */
const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
};

const ATTRIBUTES = 0xa0;
const GENERAL_NAMES = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/** Throws with the reason when the PEM is no request, or is not signed by the key it names. */
export function readCertificateRequest(pem: string): CertificateRequest {
  const bytes = readPem(pem, 'CERTIFICATE REQUEST');
  if (!bytes) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const [info, algorithm, signature] = childrenOf(readDer(bytes)[0]);
  const [, subject, key, ...more] = childrenOf(info);
  if (!info || !subject || !key || !signature) throw new Error('the certificate request lacks a part');
  const publicKey = createPublicKey({ key: key.raw, format: 'der', type: 'spki' });
  const hash = HASHES[readOid(childrenOf(algorithm)[0])];
  if (hash === undefined) throw new Error('the certificate request is signed with an algorithm that is not accepted');
  // The first byte of a bit string counts unused bits.
  if (!verify(hash, info.raw, publicKey, signature.content.subarray(1)))
    throw new Error('the certificate request is not signed by its own key');
  const names = alternativeNamesIn(more.find(({ tag }) => tag === ATTRIBUTES));
  return { ...subjectOf(subject), ...readNames(names), publicKey, subject: subject.raw, alternativeNames: names };
}

function subjectOf(subject: DerNode): Pick<CertificateRequest, 'commonName' | 'organizations'> {
  const parts = childrenOf(subject).flatMap(set => childrenOf(set).map(childrenOf));
  const valuesOf = (type: string): string[] =>
    parts.flatMap(([id, value]) => (readOid(id) === type && value ? [value.content.toString('utf8')] : []));
  return { commonName: valuesOf(OID.commonName).at(-1) ?? '', organizations: valuesOf(OID.organization) };
}

function alternativeNamesIn(attributes: DerNode | undefined): Buffer | undefined {
  if (!attributes) return undefined;
  for (const attribute of readDer(attributes.content)) {
    const [id, values] = childrenOf(attribute);
    if (readOid(id) !== OID.extensionRequest) continue;
    for (const extension of childrenOf(childrenOf(values)[0])) {
      const [name, ...rest] = childrenOf(extension);
      if (readOid(name) === OID.subjectAltName) return rest.at(-1)?.content; // a flag may stand between name and value
    }
  }
  return undefined;
}

function readNames(names: Buffer | undefined): Pick<CertificateRequest, 'dnsNames' | 'ips' | 'emails' | 'uris'> {
  const found = names ? childrenOf(readDer(names)[0]) : [];
  const all = (wanted: number): readonly Buffer[] => found.flatMap(({ tag, content }) => (tag === wanted ? [content] : []));
  const texts = (wanted: number): readonly string[] => all(wanted).map(value => value.toString('latin1'));
  return {
    dnsNames: texts(GENERAL_NAMES.dns),
    emails: texts(GENERAL_NAMES.email),
    uris: texts(GENERAL_NAMES.uri),
    ips: all(GENERAL_NAMES.ip).map(addressText),
  };
}

/** IPv6 without shortening: it is compared, not shown. */
function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return (bytes.toString('hex').match(/.{4}/g) ?? []).map(group => group.replace(/^0{1,3}/, '')).join(':');
}
