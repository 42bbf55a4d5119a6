import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateSpec, signCertificate } from './sign-certificate.ts';
import { writePrivate } from './write-private.ts';

const DAY_MS = 24 * 60 * 60_000;
const LIFETIME_MS = { authority: 3650 * DAY_MS, client: 365 * DAY_MS, server: 365 * DAY_MS } as const;
/** Certificates are made anew when less than this share of their life is left. */
const RENEW_SHARE = 1 / 3;
/** Clocks of machines differ. */
const BACKDATE_MS = 5 * 60_000;

/** A certificate and its key, on disk. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** It was made just now. */
  readonly isNew: boolean;
}

export interface Authority extends Certificate {
  readonly spec: CertificateSpec;
  readonly key: KeyObject;
}

export interface PkiFolder {
  readonly dir: string;
  readonly cluster: string;
  readonly now: Date;
}

/** The cluster's own authority: `ca.crt` and `ca.key`. */
export function ensureAuthority(folder: PkiFolder): Authority {
  mkdirSync(folder.dir, { recursive: true, mode: 0o700 });
  const spec: CertificateSpec = {
    commonName: `steersman-${folder.cluster}`,
    use: 'authority',
    uris: [`steersman://${folder.cluster}/authority`],
  };
  const found = read(folder.dir, 'ca');
  const isGood = found && isCurrent(found, { spec, now: folder.now });
  const made = isGood ? { ...found, isNew: false } : make(folder, { name: 'ca', spec });
  return { ...made, spec, key: createPrivateKey(made.keyPem) };
}

/** `<name>.crt` and `<name>.key`, made when they are not there, say something else, run out soon or are of another authority. */
export function ensureCertificate(
  folder: PkiFolder,
  authority: Authority,
  { name, ...wanted }: Omit<CertificateSpec, 'uris'> & { readonly name: string },
): Certificate {
  const spec: CertificateSpec = { ...wanted, uris: [`steersman://${folder.cluster}/${name}`] };
  const found = read(folder.dir, name);
  if (found && isCurrent(found, { spec, now: folder.now, authority })) return { ...found, isNew: false };
  return make(folder, { name, spec, authority });
}

const filesOf = (dir: string, name: string) => ({ certFile: join(dir, `${name}.crt`), keyFile: join(dir, `${name}.key`) });

function read(dir: string, name: string): Omit<Certificate, 'isNew'> | undefined {
  const files = filesOf(dir, name);
  if (!existsSync(files.certFile) || !existsSync(files.keyFile)) return undefined;
  return { ...files, certPem: readFileSync(files.certFile, 'utf8'), keyPem: readFileSync(files.keyFile, 'utf8') };
}

interface Expected {
  readonly spec: CertificateSpec;
  readonly now: Date;
  readonly authority?: Authority;
}

function isCurrent({ certPem, keyPem }: Omit<Certificate, 'isNew'>, { spec, now, authority }: Expected): boolean {
  try {
    const certificate = new X509Certificate(certPem);
    const issuer = authority ? new X509Certificate(authority.certPem) : certificate;
    const renewFrom = certificate.validToDate.getTime() - LIFETIME_MS[spec.use] * RENEW_SHARE;
    return (
      now.getTime() < renewFrom &&
      certificate.validFromDate <= now &&
      certificate.verify(issuer.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
      certificate.subject === subjectOf(spec) &&
      certificate.subjectAltName === alternativeNamesOf(spec)
    );
  } catch {
    return false; // half a file, or no certificate at all: a new one takes its place
  }
}

/** As node:crypto writes them. */
const subjectOf = ({ organizations = [], commonName }: CertificateSpec): string =>
  [...organizations.map(name => `O=${name}`), `CN=${commonName}`].join('\n');

const alternativeNamesOf = ({ dnsNames = [], ips = [], uris = [] }: CertificateSpec): string =>
  [...dnsNames.map(name => `DNS:${name}`), ...ips.map(ip => `IP Address:${ip}`), ...uris.map(uri => `URI:${uri}`)].join(', ');

interface Wanted {
  readonly name: string;
  readonly spec: CertificateSpec;
  readonly authority?: Authority;
}

function make({ dir, now }: PkiFolder, { name, spec, authority }: Wanted): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certPem = signCertificate({
    spec,
    publicKey,
    issuer: authority ?? { spec, key: privateKey },
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + LIFETIME_MS[spec.use]),
  });
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const files = filesOf(dir, name);
  writePrivate(files.keyFile, keyPem);
  writePrivate(files.certFile, certPem, 0o644);
  return { ...files, certPem, keyPem, isNew: true };
}
