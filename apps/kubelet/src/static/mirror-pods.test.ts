import { silentLogger } from '@steersman/telemetry';
import { nodeKind, podKind } from '@steersman/types';
import { type KubeletProcess, NodeWorld } from '../../testing/node-world.ts';
import { until } from '../../testing/until.ts';
import { MirrorPods } from './mirror-pods.ts';
import { staticPod } from './static-pod.ts';

const manifest = (image = 'box:1'): string => `
apiVersion: v1
kind: Pod
metadata: { name: proxy, namespace: kube-system }
spec: { containers: [ { name: proxy, image: '${image}' } ] }
`;
const read = (text: string) =>
  staticPod(text, { origin: '/etc/manifests/proxy.yaml', source: 'file', nodeName: 'node1', seen: '2026-01-01T00:00:00Z' });

let world: NodeWorld;
let kubelet: KubeletProcess;
let mirrors: MirrorPods;
beforeEach(async () => {
  world = new NodeWorld();
  await world.client.of(nodeKind).create({ metadata: { name: 'node1' }, spec: {}, status: {} });
  start();
});
afterEach(async () => {
  await world.close();
});

function start(): void {
  kubelet = world.startKubelet();
  const { client, clock } = world;
  mirrors = new MirrorPods({ client, pods: kubelet.pods, nodeName: 'node1', clock, log: silentLogger });
  void mirrors.run(kubelet.signal).catch(() => {}); // ends with its kubelet
}

function setStatic(...texts: readonly string[]): void {
  const pods = texts.map(read);
  kubelet.agent.setStatic(pods);
  mirrors.set(pods);
}

const mirror = () => world.client.all(podKind)['kube-system/proxy-node1'];

describe('MirrorPods', () => {
  it('shows a static pod and its status in the API', async () => {
    setStatic(manifest());
    await until('Running', () => mirror()?.status.phase === 'Running');
    expect(mirror()?.metadata).toMatchObject({
      annotations: { 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.mirror': read(manifest()).metadata.uid },
      ownerReferences: [{ kind: 'Node', name: 'node1', controller: true }],
    });
    expect(world.cri.running()).toEqual(['proxy#0']);
  });

  it('brings a mirror that was deleted back, and lets the pod run', async () => {
    setStatic(manifest());
    await until('Running', () => mirror()?.status.phase === 'Running');
    const before = mirror()?.metadata.uid;
    await world.client.of(podKind).delete({ namespace: 'kube-system', name: 'proxy-node1' });
    await until('another mirror', () => mirror()?.metadata.uid !== before && mirror()?.status.phase === 'Running');
    expect(world.cri.running()).toEqual(['proxy#0']);
    expect(world.cri.calls.filter(call => call.startsWith('stop'))).toEqual([]);
  });

  it('replaces a pod whose manifest changed once the old one has ended', async () => {
    setStatic(manifest());
    await until('Running', () => mirror()?.status.phase === 'Running');
    world.cri.images.add('box:2');
    setStatic(manifest('box:2'));
    await until('the new one', () => mirror()?.spec.containers[0]?.image === 'box:2' && mirror()?.status.phase === 'Running');
    expect(world.cri.calls.filter(call => /^(start|stop)Container/.test(call))).toEqual([
      'startContainer proxy#0',
      'stopContainer 30s',
      'startContainer proxy#0',
    ]);
  });

  it('ends a pod whose manifest is gone', async () => {
    setStatic(manifest());
    await until('Running', () => mirror()?.status.phase === 'Running');
    setStatic();
    await until('everything to go', () => mirror() === undefined && world.cri.sandboxes.size === 0);
  });

  it('leaves static pods alone over a restart', async () => {
    setStatic(manifest());
    await until('Running', () => mirror()?.status.phase === 'Running');
    await kubelet.kill();
    start();
    setStatic(manifest());
    await until('the pod', () => kubelet.agent.find('kube-system', 'proxy-node1')?.observed.containers.length === 1);
    expect(world.cri.calls.filter(call => call.startsWith('startContainer'))).toEqual(['startContainer proxy#0']);
  });
});

describe('staticPod', () => {
  it.each([
    { name: 'another kind', text: 'apiVersion: v1\nkind: Node\n', want: /no v1 Pod/ },
    { name: 'no YAML', text: ': {', want: /yaml/ },
    { name: 'a bad name', text: manifest().replace('name: proxy', 'name: Proxy_1'), want: /metadata\.name|RFC 1123/ },
  ])('refuses $name', ({ text, want }) => {
    expect(() => read(text)).toThrow(want);
  });
});
