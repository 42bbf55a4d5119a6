import type { Service } from '@steersman/types';
import { serviceKind } from '@steersman/types';
import { TestApi } from '../../testing/test-api.ts';

let world: TestApi;
beforeAll(async () => {
  world = await TestApi.start(['--service-cluster-ip-range', '10.96.0.0/26', '--service-node-port-range', '30000-30039']);
});
afterAll(async () => world[Symbol.asyncDispose]());

const at = { namespace: 'default' };
const port = { name: 'http', port: 80 };
let count = 0;
const create = (spec: object): Promise<Service> =>
  world.ask('create', serviceKind, { ...at, body: { metadata: { name: `s${++count}` }, spec } });
const change = (service: Service, spec: object): Promise<Service> =>
  world.ask('patch', serviceKind, { ...at, name: service.metadata.name, body: { spec } });
const remove = (service: Service): Promise<unknown> => world.ask('delete', serviceKind, { ...at, name: service.metadata.name });
const held = async (): Promise<readonly string[]> => {
  const { kvs } = await world.store.range({ start: '/steersman/cluster-ips/', end: '/steersman/o' });
  return kvs.map(({ key, value }) => `${key.split('/').slice(-2).join(' ')} ${value.toString()}`);
};
const refusal = (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => '',
    (err: Error) => err.message.replace(/^Service "s\d+" is invalid: /, ''),
  );

it('gives every service an address and node ports of its own, also when many come at once, and takes them back', async () => {
  const before = await held();
  const made = await Promise.all(Array.from({ length: 20 }, () => create({ type: 'NodePort', ports: [port] })));
  const addresses = made.map(({ spec }) => spec.clusterIP);
  const ports = made.map(({ spec }) => spec.ports?.[0]?.nodePort);
  expect(new Set(addresses).size).toBe(20);
  expect(new Set(ports).size).toBe(20);
  expect(ports.every(value => value !== undefined && value >= 30_000 && value <= 30_039)).toBe(true);
  expect(await held()).toHaveLength(before.length + 40);
  await Promise.all(made.map(remove));
  expect(await held()).toEqual(before);
});

it('lets one of many who ask for the same address have it', async () => {
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => refusal(create({ clusterIP: '10.96.0.20', ports: [port] }))));
  const lost = 'spec.clusterIPs: Invalid value: ["10.96.0.20"]: failed to allocate IP 10.96.0.20: provided IP is already allocated';
  expect(outcomes.sort()).toEqual(['', lost, lost, lost, lost]);
});

it.each([
  {
    name: 'an address out of range',
    spec: { clusterIP: '10.97.0.1', ports: [port] },
    why: 'spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: the provided IP (10.97.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/26',
  },
  {
    name: 'a node port out of range',
    spec: { type: 'NodePort', ports: [{ ...port, nodePort: 80 }] },
    why: 'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30039',
  },
  {
    name: 'a node port without being one of that type',
    spec: { ports: [{ ...port, nodePort: 30_001 }] },
    why: "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  },
  {
    name: 'the same port twice',
    spec: { ports: [port, { name: 'again', port: 80 }] },
    why: 'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80,"targetPort":0}',
  },
  {
    name: 'no address and node ports',
    spec: { type: 'NodePort', clusterIP: 'None', ports: [port] },
    why: 'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
  },
  {
    name: 'the other family of addresses',
    spec: { ipFamilies: ['IPv6'], ports: [port] },
    why: 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  },
])('refuses $name', async ({ spec, why }) => {
  const before = await held();
  expect(await refusal(create(spec))).toBe(why);
  expect(await held()).toEqual(before);
});

it('refuses a node port that another service holds', async () => {
  const first = await create({ type: 'NodePort', ports: [{ ...port, nodePort: 30_007 }] });
  expect(await refusal(create({ type: 'NodePort', ports: [{ ...port, nodePort: 30_007 }] }))).toBe(
    'spec.ports[0].nodePort: Invalid value: 30007: provided port is already allocated',
  );
  await remove(first);
  await remove(await create({ type: 'NodePort', ports: [{ ...port, nodePort: 30_007 }] }));
});

it('has one node port for one port of two protocols', async () => {
  const { spec } = await create({
    type: 'NodePort',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  });
  expect(spec.ports?.[0]?.nodePort).toBe(spec.ports?.[1]?.nodePort);
});

it('keeps what it has through its changes, and gives back what its type no longer needs', async () => {
  const plain = await create({ ports: [port] });
  const before = await held();
  const wide = await change(plain, { type: 'NodePort' });
  const nodePort = wide.spec.ports?.[0]?.nodePort;
  expect(wide.spec.clusterIP).toBe(plain.spec.clusterIP);
  expect(await held()).toHaveLength(before.length + 1);

  const balanced = await change(wide, { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [port, { name: 'more', port: 81 }] });
  expect(balanced.spec.ports?.[0]?.nodePort).toBe(nodePort);
  expect(balanced.spec.healthCheckNodePort).toBeGreaterThan(0);
  expect(await held()).toHaveLength(before.length + 3);

  const narrow = await change(balanced, { type: 'ClusterIP' });
  expect(narrow.spec.ports?.some(found => found.nodePort)).toBe(false);
  expect(narrow.spec.healthCheckNodePort).toBeUndefined();
  expect(narrow.spec.externalTrafficPolicy).toBeUndefined();
  expect(await held()).toEqual(before);

  const named = await change(narrow, { type: 'ExternalName', externalName: 'example.com' });
  expect(named.spec.clusterIP).toBeUndefined();
  expect(await held()).toHaveLength(before.length - 1);

  const again = await change(named, { type: 'ClusterIP', externalName: null });
  expect(again.spec.clusterIP).toMatch(/^10\.96\.0\./);
  expect(await held()).toHaveLength(before.length);
  const other = again.spec.clusterIP === '10.96.0.21' ? '10.96.0.22' : '10.96.0.21';
  expect(await refusal(change(again, { clusterIP: other, clusterIPs: [other] }))).toBe(
    `spec.clusterIPs[0]: Invalid value: ["${other}"]: may not change once set`,
  );
});

it('needs no address for a headless service', async () => {
  const before = await held();
  const { spec } = await create({ clusterIP: 'None', ports: [port] });
  expect([spec.clusterIP, spec.clusterIPs]).toEqual(['None', ['None']]);
  expect(await held()).toEqual(before);
});
