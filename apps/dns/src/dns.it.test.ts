import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { silentLogger } from '@steersman/telemetry';
import { FakeClient } from '@steersman/testing';
import { endpointSliceKind, namespaceKind, serviceKind } from '@steersman/types';
import { followCluster } from './follow-cluster.ts';
import { answerTo, startFakeUpstream } from './forward/fake-upstream.ts';
import { serveDns } from './server/serve-dns.ts';
import { endpoint, headless, namespace, service, slice } from './test-builders.ts';
import { testServer } from './test-server.ts';

const run = promisify(execFile);
const hasDig = spawnSync('dig', ['-v']).error === undefined;

/** A cluster behind a server, asked by BIND's dig, which is strict about what it reads. */
(hasDig ? describe : describe.skip)('dns, asked by dig', () => {
  const stack = new AsyncDisposableStack();
  const stop = new AbortController();
  const client = new FakeClient();
  let port = 0;

  beforeAll(async () => {
    const upstream = stack.use(
      await startFakeUpstream(query => [answerTo(query, [{ type: 'A', name: 'www.example.com', ttl: 60, data: '192.0.2.1' }])]),
    );
    const server = stack.use(testServer({ upstreams: [upstream.address] }));
    await client.of(namespaceKind).create(namespace('ns'));
    await client
      .of(serviceKind)
      .create(service('web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ name: 'http', port: 80 }] }));
    await client.of(serviceKind).create(headless('db', { ports: [{ name: 'http', port: 80 }] }));
    await client.of(serviceKind).create(service('out', { type: 'ExternalName', externalName: 'www.example.com' }));
    await client
      .of(endpointSliceKind)
      .create(slice('db', [endpoint('10.0.0.1', { hostname: 'db-0' }), endpoint('10.0.0.2', { hostname: 'db-1' })]));
    await followCluster(client, server.index, { signal: stop.signal, log: silentLogger });
    ({ port } = stack.use(await serveDns({ address: '127.0.0.1', port: 0, respond: server.respond, log: silentLogger })));
  });
  afterAll(async () => {
    stop.abort();
    await stack.disposeAsync();
  });

  const dig = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await run('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=5', ...args]);
    return `${stdout}${stderr}`.trim();
  };
  const short = async (...args: readonly string[]): Promise<readonly string[]> => (await dig('+short', ...args)).split('\n').sort();

  it.each([
    { name: 'a ClusterIP', args: ['web.ns.svc.cluster.local'], want: ['10.96.0.1'] },
    { name: 'a headless Service', args: ['db.ns.svc.cluster.local'], want: ['10.0.0.1', '10.0.0.2'] },
    { name: 'an endpoint', args: ['db-1.db.ns.svc.cluster.local'], want: ['10.0.0.2'] },
    {
      name: 'ports',
      args: ['SRV', '_http._tcp.db.ns.svc.cluster.local'],
      want: ['0 50 8080 db-0.db.ns.svc.cluster.local.', '0 50 8080 db-1.db.ns.svc.cluster.local.'],
    },
    { name: 'an address in reverse', args: ['-x', '10.96.0.1'], want: ['web.ns.svc.cluster.local.'] },
    { name: 'an ExternalName', args: ['out.ns.svc.cluster.local'], want: ['192.0.2.1', 'www.example.com.'] },
    { name: 'the version of the schema', args: ['TXT', 'dns-version.cluster.local'], want: ['"1.1.0"'] },
    { name: "others' names", args: ['www.example.com'], want: ['192.0.2.1'] },
    { name: 'over TCP', args: ['+tcp', 'web.ns.svc.cluster.local'], want: ['10.96.0.1'] },
    {
      name: 'several over one connection',
      args: ['+tcp', '+keepopen', 'web.ns.svc.cluster.local', 'www.example.com'],
      want: ['10.96.0.1', '192.0.2.1'],
    },
    { name: 'without EDNS', args: ['+noedns', 'web.ns.svc.cluster.local'], want: ['10.96.0.1'] },
  ])('finds $name', async ({ args, want }) => {
    expect(await short(...args)).toEqual(want);
  });

  it.each([
    { name: 'what is missing', args: ['gone.ns.svc.cluster.local'], want: /status: NXDOMAIN[^]*SOA\s+ns\.dns\.cluster\.local/ },
    { name: 'a transfer', args: ['AXFR', 'cluster.local'], want: /Transfer failed/ },
    { name: 'a question about something else', args: ['+opcode=STATUS', 'cluster.local'], want: /status: NOTIMP/ },
    { name: 'an EDNS version of the future', args: ['+edns=1', '+noednsneg', 'cluster.local'], want: /status: BADVERS/ },
  ])('denies $name', async ({ args, want }) => {
    const output = await dig(...args);
    expect(output).toMatch(want);
    expect(output).not.toMatch(/malformed|mismatch/);
  });

  it('sees a new endpoint within a second', async () => {
    const found = Object.values(client.all(endpointSliceKind))[0];
    if (!found) throw new Error('there is no slice');
    await client.of(endpointSliceKind).update({ ...found, endpoints: [endpoint('10.0.0.3')] });
    const began = performance.now();
    while ((await short('db.ns.svc.cluster.local')).join() !== '10.0.0.3') expect(performance.now() - began).toBeLessThan(1_000);
  });
});
