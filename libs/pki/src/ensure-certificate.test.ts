import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { ensureAuthority, ensureCertificate, type PkiFolder } from './ensure-certificate.ts';

const DAY_MS = 24 * 60 * 60_000;
const NOW = new Date('2026-03-01T12:00:00Z');
const SERVER = {
  name: 'apiserver',
  commonName: 'apiserver',
  use: 'server',
  dnsNames: ['localhost'],
  ips: ['127.0.0.1', 'fd00::1'],
} as const;
const CLIENT = { name: 'kubelet', commonName: 'system:node:one', organizations: ['system:nodes'], use: 'client' } as const;

let folder: PkiFolder;
beforeEach(() => {
  folder = { dir: mkdtempSync(join(tmpdir(), 'pki-')), cluster: 'blue', now: NOW };
});
afterEach(() => rmSync(folder.dir, { recursive: true, force: true }));
const later = (days: number): PkiFolder => ({ ...folder, now: new Date(NOW.getTime() + days * DAY_MS) });

describe('ensureCertificate', () => {
  it.each([
    {
      ...SERVER,
      want: {
        subject: 'CN=apiserver',
        subjectAltName: 'DNS:localhost, IP Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:1, URI:steersman://blue/apiserver',
        keyUsage: ['1.3.6.1.5.5.7.3.1'],
      },
    },
    {
      ...CLIENT,
      want: {
        subject: 'O=system:nodes\nCN=system:node:one',
        subjectAltName: 'URI:steersman://blue/kubelet',
        keyUsage: ['1.3.6.1.5.5.7.3.2'],
      },
    },
  ])('makes the certificate of $name', ({ want, ...spec }) => {
    const authority = ensureAuthority(folder);
    const certificate = new X509Certificate(ensureCertificate(folder, authority, spec).certPem);
    const root = new X509Certificate(authority.certPem);
    const { subject, subjectAltName, keyUsage } = certificate;
    expect({ subject, subjectAltName, keyUsage }).toEqual(want);
    expect([certificate.ca, root.ca]).toEqual([false, true]);
    expect([certificate.checkIssued(root), certificate.verify(root.publicKey)]).toEqual([true, true]);
  });

  it('keeps keys to their owner', () => {
    const { keyFile } = ensureCertificate(folder, ensureAuthority(folder), CLIENT);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.dir, 'ca.key')).mode & 0o777).toBe(0o600);
  });

  it.each([
    { name: 'the same wish', days: 1, spec: CLIENT, damage: '', want: false },
    { name: 'one that runs out soon', days: 300, spec: CLIENT, damage: '', want: true },
    { name: 'another name', days: 1, spec: { ...CLIENT, commonName: 'system:node:two' }, damage: '', want: true },
    { name: 'another address', days: 1, spec: { ...CLIENT, ips: ['10.0.0.1'] }, damage: '', want: true },
    { name: 'half a certificate', days: 1, spec: CLIENT, damage: 'kubelet.crt', want: true },
    { name: 'a broken key', days: 1, spec: CLIENT, damage: 'kubelet.key', want: true },
    { name: 'a new authority', days: 1, spec: CLIENT, damage: 'ca.crt', want: true },
  ])('answers $name with a new one: $want', ({ days, spec, damage, want }) => {
    ensureCertificate(folder, ensureAuthority(folder), CLIENT);
    if (damage) writeFileSync(join(folder.dir, damage), readFileSync(join(folder.dir, damage), 'utf8').slice(0, 100));
    const at = later(days);
    expect(ensureCertificate(at, ensureAuthority(at), spec).isNew).toBe(want);
  });

  it('serves TLS with both sides authenticated', async () => {
    const now = { ...folder, now: new Date() };
    const authority = ensureAuthority(now);
    const [own, peer] = [ensureCertificate(now, authority, SERVER), ensureCertificate(now, authority, CLIENT)];
    const server = createServer({ cert: own.certPem, key: own.keyPem, ca: authority.certPem, requestCert: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: '127.0.0.1', port, cert: peer.certPem, key: peer.keyPem, ca: authority.certPem });
    const [[accepted]] = (await Promise.all([once(server, 'secureConnection'), once(client, 'secureConnect')])) as [[TLSSocket], unknown];
    expect(accepted.getPeerCertificate().subject).toMatchObject({ CN: 'system:node:one', O: 'system:nodes' });
    client.destroy();
    await new Promise(resolve => server.close(resolve));
  });
});

describe('ensureAuthority', () => {
  it('stays the same for years', () => {
    const first = ensureAuthority(folder);
    expect(ensureAuthority(later(2000))).toMatchObject({ certPem: first.certPem, isNew: false });
  });
});
