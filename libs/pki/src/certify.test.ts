import { createPrivateKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { type CertificateRequest, readCertificateRequest } from './certificate-request.ts';
import { certify, readCertifier } from './certify.ts';
import { writePem } from './der-reader.ts';
import { der } from './der.ts';
import { signCertificate } from './sign-certificate.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const YEAR_MS = 365 * 24 * 60 * 60_000;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

const ecPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

const name = (...parts: readonly (readonly [string, string])[]): Buffer =>
  der.sequence(...parts.map(([type, value]) => der.set(der.sequence(der.oid(type), der.utf8(value)))));
const NODE = name(['2.5.4.10', 'system:nodes'], ['2.5.4.3', 'system:node:n1']);

function request(
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
  names: readonly Buffer[] = [],
  signer = privateKey,
): string {
  const extensions = der.sequence(der.sequence(der.oid('2.5.29.17'), der.octetString(der.sequence(...names))));
  const attributes = names.length > 0 ? der.sequence(der.oid('1.2.840.113549.1.9.14'), der.set(extensions)) : Buffer.alloc(0);
  const info = der.sequence(
    der.integer(Buffer.from([0])),
    NODE,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(0, attributes, { constructed: true }),
  );
  const algorithm = der.sequence(der.oid(privateKey.asymmetricKeyType === 'rsa' ? '1.2.840.113549.1.1.11' : '1.2.840.10045.4.3.2'));
  return writePem(der.sequence(info, algorithm, der.bitString(sign('sha256', info, signer))), 'CERTIFICATE REQUEST');
}

const tagged = (tag: number, value: Buffer): Buffer => der.tagged(tag, value, { constructed: false });
const NAMES = [
  tagged(2, Buffer.from('n1')),
  tagged(7, Buffer.from([10, 0, 0, 1])),
  tagged(7, Buffer.from(`fd${'00'.repeat(14)}01`, 'hex')),
];

function authority(pair: { publicKey: KeyObject; privateKey: KeyObject }, notAfter = later(10 * YEAR_MS)) {
  const spec = { commonName: 'root', use: 'authority' } as const;
  const certPem = signCertificate({ spec, publicKey: pair.publicKey, issuer: { spec, key: pair.privateKey }, notBefore: NOW, notAfter });
  return { certPem, keyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

it.each([
  { kind: 'P-256', pair: ecPair() },
  { kind: 'RSA', pair: rsaPair() },
])('reads who asks for what with a $kind key', ({ pair }) => {
  expect(readCertificateRequest(request(pair, NAMES))).toMatchObject({
    commonName: 'system:node:n1',
    organizations: ['system:nodes'],
    dnsNames: ['n1'],
    ips: ['10.0.0.1', 'fd00:0:0:0:0:0:0:1'],
    emails: [],
    uris: [],
  } satisfies Partial<CertificateRequest>);
});

it.each([
  { why: 'something else', pem: authority(ecPair()).certPem, message: 'PEM block type must be CERTIFICATE REQUEST' },
  { why: 'nothing', pem: '', message: 'PEM block type must be CERTIFICATE REQUEST' },
  { why: 'two requests', pem: request(ecPair()).repeat(2), message: 'PEM block type must be CERTIFICATE REQUEST' },
  { why: 'half a request', pem: writePem(Buffer.from([0x30, 0x20, 0x30]), 'CERTIFICATE REQUEST'), message: 'the DER is cut short' },
  {
    why: 'a key that is not his',
    pem: request(ecPair(), [], ecPair().privateKey),
    message: 'the certificate request is not signed by its own key',
  },
])('refuses $why', ({ pem, message }) => {
  expect(() => readCertificateRequest(pem)).toThrow(message);
});

it('certifies what was asked, for the uses that were asked', () => {
  const pair = ecPair();
  const root = authority(ecPair());
  const certifier = readCertifier(root);
  const wanted = {
    request: readCertificateRequest(request(pair, NAMES)),
    usages: ['digital signature', 'key encipherment', 'server auth'],
  };
  const certificate = new X509Certificate(certify({ ...wanted, notBefore: NOW, notAfter: later(YEAR_MS) }, certifier));
  const issuer = new X509Certificate(root.certPem);
  expect([certificate.verify(issuer.publicKey), certificate.checkIssued(issuer), certificate.ca]).toEqual([true, true, false]);
  expect(certificate.checkPrivateKey(createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })))).toBe(true);
  expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:n1');
  expect(certificate.subjectAltName).toBe('DNS:n1, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1');
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(certificate.validToDate).toEqual(later(YEAR_MS));
});

it('certifies nothing beyond the authority’s own end', () => {
  const certifier = readCertifier(authority(ecPair(), later(YEAR_MS)));
  const pem = certify(
    { request: readCertificateRequest(request(ecPair())), usages: ['client auth'], notBefore: NOW, notAfter: later(2 * YEAR_MS) },
    certifier,
  );
  expect(new X509Certificate(pem).validToDate).toEqual(later(YEAR_MS));
});

it('takes no key that is another’s', () => {
  expect(() => readCertifier({ certPem: authority(ecPair()).certPem, keyPem: authority(ecPair()).keyPem })).toThrow(
    'the key does not belong to the certificate',
  );
});
