import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readCertifier, signCertificate } from '@steersman/pki';
import {
  type CertificateSigningRequest,
  certificateSigningRequestKind,
  type CertificateSigningRequestSpec,
  nodeKind,
} from '@steersman/types';
import { TestWorld } from '../test-world.ts';
import { csrApproverController } from './csr-approver.controller.ts';
import { csrCleanerController } from './csr-cleaner.controller.ts';
import { csrSignerController } from './csr-signer.controller.ts';
import { CLIENT_SIGNER, KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, signerFault } from './kubelet-requests.ts';
import { CLIENT_REQUEST, SERVING_REQUEST } from './testing/requests.ts';

const encoded = (pem: string): string => Buffer.from(pem).toString('base64');
const client = (change: Partial<CertificateSigningRequestSpec> = {}): CertificateSigningRequestSpec => ({
  request: encoded(CLIENT_REQUEST),
  signerName: KUBELET_CLIENT_SIGNER,
  usages: ['digital signature', 'client auth'],
  username: 'system:bootstrap:abcdef',
  ...change,
});
const serving = (change: Partial<CertificateSigningRequestSpec> = {}): CertificateSigningRequestSpec =>
  client({
    request: encoded(SERVING_REQUEST),
    signerName: KUBELET_SERVING_SIGNER,
    usages: ['digital signature', 'server auth'],
    username: 'system:node:n1',
    ...change,
  });

const decision = (world: TestWorld): string | undefined => world.one(certificateSigningRequestKind, 'csr').status.conditions?.[0]?.message;

describe('approval', () => {
  it.each([
    {
      name: 'a bootstrap token with the right',
      spec: client(),
      rights: ['nodeclient'],
      message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    },
    {
      name: 'a node that renews its own',
      spec: client({ username: 'system:node:n1' }),
      rights: ['selfnodeclient'],
      message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    },
    {
      name: "a node that asks for another's",
      spec: client({ username: 'system:node:n2' }),
      rights: ['selfnodeclient'],
      message: undefined,
    },
    { name: 'somebody without a right', spec: client(), rights: [], message: undefined },
    {
      name: 'more uses than kubelets have',
      spec: client({ usages: ['client auth', 'server auth'] }),
      rights: ['nodeclient'],
      message: undefined,
    },
    { name: 'a signer for people', spec: client({ signerName: CLIENT_SIGNER }), rights: ['nodeclient'], message: undefined },
    {
      name: 'a node for its own addresses',
      spec: serving(),
      rights: [],
      addresses: { n1: '10.0.0.1' },
      message: 'Auto approving kubelet serving certificate for the addresses of its node.',
    },
    { name: 'a node for addresses it does not report', spec: serving(), rights: [], addresses: { n1: '10.0.0.9' }, message: undefined },
    {
      name: 'a node for an address that another has too',
      spec: serving(),
      rights: [],
      addresses: { n1: '10.0.0.1', n2: '10.0.0.1' },
      message: undefined,
    },
  ])('of $name: $message', async ({ spec, rights, message, addresses = {} }) => {
    using world = new TestWorld();
    for (const [name, address] of Object.entries(addresses as Record<string, string>)) {
      const node = await world.client.of(nodeKind).create({ metadata: { name }, spec: {} });
      await world.client.of(nodeKind).updateStatus({ ...node, status: { addresses: [{ type: 'InternalIP', address }] } });
    }
    await world.client.of(certificateSigningRequestKind).create({ metadata: { name: 'csr' }, spec });
    world.run(csrApproverController({ ...world, mayRequest: async (_, sort) => new Set<string>(rights).has(sort) }));
    await world.settle();
    expect(decision(world)).toBe(message);
  });
});

describe('signing', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = { commonName: 'root', use: 'authority' } as const;
  const certPem = signCertificate({
    spec: root,
    publicKey: pair.publicKey,
    issuer: { spec: root, key: pair.privateKey },
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2049-01-01'),
  });
  const certifier = readCertifier({ certPem, keyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() });
  const answered = async (world: TestWorld, spec: CertificateSigningRequestSpec, type: string): Promise<CertificateSigningRequest> => {
    const api = world.client.of(certificateSigningRequestKind);
    const request = await api.create({ metadata: { name: 'csr' }, spec });
    await api.update({ ...request, status: { conditions: [{ type, status: 'True' }] } }, { subresource: 'approval' });
    world.run(csrSignerController({ ...world, certifier, lifetimeMs: 365 * 24 * 3_600_000 }));
    await world.settle();
    return world.one(certificateSigningRequestKind, 'csr');
  };

  it('gives what was approved, for as long as was asked', async () => {
    using world = new TestWorld();
    const { status } = await answered(world, serving({ expirationSeconds: 3_600 }), 'Approved');
    const certificate = new X509Certificate(Buffer.from(status.certificate ?? '', 'base64'));
    expect(certificate.verify(pair.publicKey)).toBe(true);
    expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:n1');
    expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBe(3_600_000);
  });

  it('gives nothing that was denied', async () => {
    using world = new TestWorld();
    expect((await answered(world, client(), 'Denied')).status.certificate).toBeUndefined();
  });

  it('says why it does not certify what a person approved', async () => {
    using world = new TestWorld();
    const { status } = await answered(world, serving({ username: 'lea' }), 'Approved');
    expect(status.certificate).toBeUndefined();
    expect(status.conditions?.at(-1)).toMatchObject({
      type: 'Failed',
      reason: 'SignerValidationFailure',
      message: 'requested by lea, for system:node:n1',
    });
  });
});

const NODE = { commonName: 'system:node:n1', organizations: ['system:nodes'], dnsNames: [], ips: [], emails: [], uris: [] };
it.each([
  {
    name: 'a person',
    spec: client({ signerName: CLIENT_SIGNER }),
    asked: { ...NODE, commonName: 'lea', organizations: ['dev'] },
    fault: undefined,
  },
  { name: 'no client', spec: client({ usages: ['digital signature'] }), asked: NODE, fault: 'usages must include "client auth"' },
  {
    name: 'another group',
    spec: client(),
    asked: { ...NODE, organizations: ['system:masters'] },
    fault: 'subject organization is not system:nodes',
  },
  { name: 'no node', spec: client(), asked: { ...NODE, commonName: 'lea' }, fault: 'subject common name does not begin with system:node:' },
  {
    name: 'a client with addresses',
    spec: client(),
    asked: { ...NODE, ips: ['10.0.0.1'] },
    fault: 'DNS and IP subjectAltNames are not allowed',
  },
  { name: 'a server without addresses', spec: serving(), asked: NODE, fault: 'DNS or IP subjectAltName is required' },
  {
    name: 'a server with a URI',
    spec: serving(),
    asked: { ...NODE, uris: ['spiffe://x'] },
    fault: 'email and URI subjectAltNames are not allowed',
  },
])('a certificate for $name: $fault', ({ spec, asked, fault }) => {
  expect(signerFault(spec, asked)).toBe(fault);
});

it.each([
  { name: 'nobody decided on', type: undefined, goneAfterHours: 24 },
  { name: 'that were approved', type: 'Approved', goneAfterHours: 1 },
  { name: 'that were denied', type: 'Denied', goneAfterHours: 1 },
])('requests $name go after $goneAfterHours h', async ({ type, goneAfterHours }) => {
  using world = new TestWorld();
  const api = world.client.of(certificateSigningRequestKind);
  const request = await api.create({ metadata: { name: 'csr' }, spec: client() });
  const lastUpdateTime = request.metadata.creationTimestamp;
  if (type !== undefined)
    await api.update({ ...request, status: { conditions: [{ type, status: 'True', lastUpdateTime }] } }, { subresource: 'approval' });
  world.run(csrCleanerController(world));
  await world.settle();
  await world.clock.advance(goneAfterHours * 3_600_000 - 60_000);
  expect(world.all(certificateSigningRequestKind)).toHaveLength(1);
  await world.clock.advance(61_000);
  expect(world.all(certificateSigningRequestKind)).toHaveLength(0);
});
