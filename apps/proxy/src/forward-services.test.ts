import type { Forwarding } from '@steersman/endpoints';
import { createLogger, Metrics } from '@steersman/telemetry';
import { FakeClient, FakeClock, settled } from '@steersman/testing';
import { type EndpointSlice, endpointSliceKind, type Key, nodeKind, serviceKind } from '@steersman/types';
import type { Dataplane } from './dataplane.ts';
import { forwardServices } from './forward-services.ts';
import type { HealthCheck } from './health-check-ports.ts';
import { proxyMetrics } from './proxy.metrics.ts';

/** Keeps what it is told, as the kernel would; fails as often as asked. */
class FakeDataplane implements Dataplane {
  readonly rules = new Map<Key, readonly Forwarding[]>();
  readonly turns: (readonly Key[])[] = [];
  doubts = 0;
  failures = 0;

  async apply(changed: ReadonlyMap<Key, readonly Forwarding[]>): Promise<void> {
    this.turns.push([...changed.keys()]);
    if (this.failures-- > 0) throw new Error('the kernel has no memory');
    for (const [key, forwardings] of changed) this.rules.set(key, forwardings);
  }

  doubt(): void {
    this.doubts++;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach(stop => stop.abort()));

class World {
  readonly clock = new FakeClock();
  readonly client = new FakeClient({ now: () => this.clock.wall() });
  readonly dataplane = new FakeDataplane();
  readonly checks = new Map<Key, HealthCheck | undefined>();
  readonly registry = new Metrics();
  syncs = 0;

  start(): void {
    const stop = new AbortController();
    stops.push(stop);
    forwardServices({
      client: this.client,
      dataplane: this.dataplane,
      healthChecks: { set: (key, check) => void this.checks.set(key, check), [Symbol.asyncDispose]: async () => {} },
      nodeName: 'n1',
      nodeIps: [],
      syncPeriodMs: 60_000,
      metrics: proxyMetrics(this.registry),
      clock: this.clock,
      log: createLogger({ app: 'proxy', write: () => {} }),
      signal: stop.signal,
      synced: () => void this.syncs++,
    }).catch((err: unknown) => {
      if (!stop.signal.aborted) throw err;
    });
  }

  async service(name: string, clusterIP: string, more = {}): Promise<void> {
    const ports = [{ port: 80, targetPort: 8080 }];
    await this.client.of(serviceKind).create({ metadata: { name, namespace: 'ns' }, spec: { clusterIP, ports, ...more }, status: {} });
  }

  async slice(service: string, addresses: readonly string[]): Promise<void> {
    const content = {
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: addresses.map(address => ({ addresses: [address], nodeName: 'n1', conditions: { ready: true } })),
    };
    const metadata = { name: `${service}-1`, namespace: 'ns', labels: { 'kubernetes.io/service-name': service } };
    const old: EndpointSlice | undefined = this.client.all(endpointSliceKind)[`ns/${service}-1`];
    const slices = this.client.of(endpointSliceKind);
    await (old ? slices.update({ ...old, ...content }) : slices.create({ metadata, ...content }));
  }

  async node(addresses: readonly string[]): Promise<void> {
    const nodes = this.client.of(nodeKind);
    const node = this.client.all(nodeKind).n1 ?? (await nodes.create({ metadata: { name: 'n1' }, spec: {}, status: {} }));
    await nodes.updateStatus({ ...node, status: { addresses: addresses.map(address => ({ type: 'InternalIP', address })) } });
  }

  /** address → backends */
  rules(key: Key): Record<string, string> {
    const forwardings = this.dataplane.rules.get(key) ?? [];
    return Object.fromEntries(
      forwardings.map(({ address, port, route }) => [`${address}:${port}`, route.backends.map(backend => backend.address).join()]),
    );
  }
}

describe('forwardServices', () => {
  it('starts with everything in one turn, and then changes what has changed', async () => {
    const world = new World();
    await world.service('a', '10.96.0.1');
    await world.service('b', '10.96.0.2');
    await world.slice('a', ['10.1.0.1']);
    world.start();
    await settled();
    expect(world.dataplane.turns[0]).toEqual(['ns/a', 'ns/b']);
    expect([world.rules('ns/a'), world.rules('ns/b')]).toEqual([{ '10.96.0.1:80': '10.1.0.1' }, { '10.96.0.2:80': '' }]);
    const turns = world.dataplane.turns.length;
    await world.slice('a', ['10.1.0.1', '10.1.0.2']);
    await settled();
    expect(world.rules('ns/a')).toEqual({ '10.96.0.1:80': '10.1.0.1,10.1.0.2' });
    expect(world.dataplane.turns.slice(turns)).toEqual([['ns/a']]);
    await world.client.of(serviceKind).delete({ namespace: 'ns', name: 'a' });
    await settled();
    expect(world.rules('ns/a')).toEqual({});
  });

  it('follows the addresses of its node, and no other change of it', async () => {
    const world = new World();
    await world.node(['192.0.2.1']);
    await world.service('a', '10.96.0.1', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] });
    world.start();
    await settled();
    expect(Object.keys(world.rules('ns/a'))).toEqual(['10.96.0.1:80', '192.0.2.1:30080', '127.0.0.1:30080']);
    const turns = world.dataplane.turns.length;
    await world.node(['192.0.2.1']);
    await settled();
    expect(world.dataplane.turns).toHaveLength(turns);
    await world.node(['192.0.2.2']);
    await settled();
    expect(Object.keys(world.rules('ns/a'))).toContain('192.0.2.2:30080');
  });

  it('tries again until the kernel takes it, with what has changed meanwhile', async () => {
    const world = new World();
    await world.service('a', '10.96.0.1');
    world.start();
    await settled();
    world.dataplane.failures = 2;
    await world.slice('a', ['10.1.0.1']);
    await settled();
    await world.slice('a', ['10.1.0.2']);
    expect(world.rules('ns/a')).toEqual({ '10.96.0.1:80': '' });
    const synced = world.syncs;
    await world.clock.advance(50);
    await world.clock.advance(100);
    expect(world.rules('ns/a')).toEqual({ '10.96.0.1:80': '10.1.0.2' });
    expect([world.dataplane.doubts, world.syncs - synced]).toEqual([2, 1]);
    expect(world.registry.text()).toContain('kubeproxy_sync_proxy_rules_failures_total 2');
  });

  it('compares with the kernel now and then', async () => {
    const world = new World();
    world.start();
    await settled();
    const doubts = world.dataplane.doubts;
    await world.clock.advance(60_000);
    expect(world.dataplane.doubts).toBe(doubts + 1);
    expect(world.dataplane.turns.at(-1)).toEqual([]);
  });

  it('tells the load balancer of the endpoints on this node', async () => {
    const world = new World();
    await world.service('a', '10.96.0.1', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 });
    await world.slice('a', ['10.1.0.1']);
    world.start();
    await settled();
    expect(world.checks.get('ns/a')).toEqual({ port: 32_000, endpoints: 1 });
  });
});
