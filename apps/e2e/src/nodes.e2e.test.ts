import { join } from 'node:path';
import { Cluster } from './cluster.ts';
import { IMAGE } from './image.ts';
import { leftovers, machine } from './machine.ts';
import { peer } from './peers.ts';
import { shell } from './shell.ts';
import { until } from './until.ts';

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP: string };
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly capacity: Readonly<Record<'cpu' | 'memory', string>>;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

interface Slice {
  readonly endpoints: readonly { readonly nodeName: string; readonly conditions: { readonly ready: boolean } }[] | null;
}

/** Says on which pod it runs to whoever connects. */
const SERVE = 'mkdir -p /tmp/www; hostname > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www';
const ASK = String.raw`printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 3`;
/** From the last heartbeat: upstream's grace of a node is 40 s. */
const NOT_READY_LIMIT_MS = 45_000;

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: IMAGE, command: ['/bin/sh', '-c', SERVE] }] },
    },
  },
};

describe.each(['host-gw', 'vxlan'])('three nodes on one machine, %s', overlay => {
  const before = machine();
  let cluster: Cluster;
  let pods: readonly Pod[];

  beforeAll(async () => {
    cluster = await Cluster.start(`nodes-${overlay}`, { args: ['--nodes', '3', '--overlay', overlay] });
    await cluster.kubectl('1.35', ['create', '-f', '-'], { input: JSON.stringify(DEPLOYMENT) });
    await cluster.kubectl('1.35', ['rollout', 'status', 'deployment/web', '--timeout=60s']);
    await cluster.kubectl('1.35', ['expose', 'deployment', 'web', '--port=80', '--target-port=8080']);
    const { items } = await cluster.json<{ items: readonly Pod[] }>(['get', 'pods', '-l', 'app=web']);
    pods = [...new Map(items.map(pod => [pod.spec.nodeName, pod] as const)).values()];
  }, 300_000);

  afterAll(async () => {
    await cluster.remove();
    expect(leftovers(before, machine())).toEqual({});
  }, 120_000);

  const exec = (pod: Pod, script: string): Promise<string> =>
    cluster.kubectl('1.35', ['exec', pod.metadata.name, '--', 'sh', '-c', script], { limitMs: 20_000 });

  it('spreads pods, and divides the machine', async () => {
    expect(pods).toHaveLength(3);
    const { items } = await cluster.json<{ items: readonly Node[] }>(['get', 'nodes']);
    expect(new Set(items.map(({ status }) => status.capacity.cpu)).size).toBe(1);
  });

  it('lets pods of all nodes reach each other', async () => {
    for (const from of pods) {
      for (const to of pods) expect(await exec(from, `${ASK} ${to.status.podIP} 8080`)).toContain(to.metadata.name);
    }
  }, 60_000);

  it('serves a Service from pods and from every node', async () => {
    const { spec } = await cluster.json<{ spec: { clusterIP: string } }>(['get', 'service', 'web']);
    for (const pod of pods) expect(await exec(pod, `${ASK} ${spec.clusterIP} 80`)).toContain('web-');
    for (const node of ['node2', 'node3']) {
      const net = join(cluster.dataDir, 'nodes', node, 'ns/net');
      const { stdout } = await shell('nsenter', [`--net=${net}`, peer('busybox'), 'sh', '-c', `${ASK} ${spec.clusterIP} 80`]);
      expect(stdout).toContain('web-');
    }
  }, 60_000);

  it('takes a node that stops out of Services, and back', async () => {
    await cluster.run(['node', 'stop', 'node3']);
    await until('node3 not to be Ready', async () => !(await isReady('node3')), NOT_READY_LIMIT_MS);
    await until('its endpoints to be gone', async () => !(await readyOn('node3')), 5_000);
    await cluster.run(['node', 'start', 'node3']);
    expect(await isReady('node3')).toBe(true);
    await until('its endpoints to be back', async () => await readyOn('node3'));
  }, 180_000);

  it('takes a node away after its pods have left', async () => {
    await cluster.run(['node', 'remove', 'node2']);
    const { items } = await cluster.json<{ items: readonly Pod[] }>(['get', 'pods']);
    expect(items.filter(({ spec }) => spec.nodeName === 'node2')).toEqual([]);
    expect(await cluster.kubectl('1.35', ['get', 'nodes', '-o', 'name'])).not.toContain('node2');
  }, 180_000);

  async function isReady(name: string): Promise<boolean> {
    const { status } = await cluster.json<Node>(['get', 'node', name]);
    return status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  }

  async function readyOn(node: string): Promise<boolean> {
    const { items } = await cluster.json<{ items: readonly Slice[] }>(['get', 'endpointslices', '-l', 'kubernetes.io/service-name=web']);
    return items.some(({ endpoints }) => endpoints?.some(({ nodeName, conditions }) => nodeName === node && conditions.ready));
  }
});
