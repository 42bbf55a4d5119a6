import { existsSync } from 'node:fs';
import { Cluster, podArgs } from './cluster.ts';
import { containerPids, MARK } from './containers.ts';
import { leftovers, machine } from './machine.ts';
import { until } from './until.ts';

const started: Cluster[] = [];
afterEach(async () => {
  for (const cluster of started.splice(0)) await cluster.remove().catch(() => {}); // a test that failed half way
}, 120_000);

async function start(name: string, options: Parameters<typeof Cluster.start>[1] = {}): Promise<Cluster> {
  const cluster = await Cluster.start(name, options);
  started.push(cluster);
  return cluster;
}

describe('./steersman', () => {
  it('says what it did and that the node is Ready, and does no harm a second time', async () => {
    const cluster = await start('twice', { image: false });
    const pid = await cluster.pidOf('apiserver');
    const again = await cluster.up();
    expect(again).toMatch(/Ready/i);
    expect(await cluster.pidOf('apiserver')).toBe(pid);
    expect(await cluster.run(['status'])).toMatch(/apiserver/);
    expect(await cluster.kubectl('1.35', ['get', 'namespaces', '-o', 'name'])).toBe(
      'namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n',
    );
  }, 240_000);

  it('keeps everything over down and up', async () => {
    const cluster = await start('restart');
    const kubectl = (...args: readonly string[]) => cluster.kubectl('1.35', args);
    await kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    await kubectl('create', 'deployment', 'kept', '--image=e2e.steersman.io/box:1');
    await kubectl('set', 'env', 'deployment/kept', `${MARK}=restarted`);
    await kubectl('rollout', 'status', 'deployment/kept', '--timeout=90s');
    const { metadata } = await cluster.json<{ metadata: { uid: string; resourceVersion: string } }>(['get', 'configmap', 'kept']);
    await cluster.down();
    expect(containerPids(MARK, 'restarted')).toEqual([]);
    await cluster.up();
    expect((await cluster.json<{ metadata: object }>(['get', 'configmap', 'kept'])).metadata).toEqual(expect.objectContaining(metadata));
    await kubectl('rollout', 'status', 'deployment/kept', '--timeout=90s');
    await until('its container to run', () => containerPids(MARK, 'restarted').length === 1);
    await until('the API to say so', async () => /1\/1 +Running/.test(await kubectl('get', 'pods', '-l', 'app=kept')));
  }, 300_000);

  it('leaves nothing behind after down --purge', async () => {
    const before = machine();
    const cluster = await start('purge');
    const kubectl = (...args: readonly string[]) => cluster.kubectl('1.35', args);
    await kubectl(...podArgs('one', `--env=${MARK}=purged`));
    await kubectl('create', 'deployment', 'some', '--image=e2e.steersman.io/box:1', '--replicas=3');
    await kubectl('rollout', 'status', 'deployment/some', '--timeout=60s');
    await kubectl('wait', '--for=condition=Ready', 'pod/one', '--timeout=60s');
    expect(Object.keys(leftovers(before, machine())).sort()).toEqual(
      expect.arrayContaining(['cgroups', 'files', 'links', 'mounts', 'processes']),
    );
    started.pop();
    await cluster.remove();
    expect(existsSync(cluster.dataDir)).toBe(false);
    expect(containerPids(MARK, 'purged')).toEqual([]);
    expect(leftovers(before, machine())).toEqual({});
  }, 300_000);

  it('runs two clusters side by side, and removes one without touching the other', async () => {
    const [one, other] = [await start('left', { image: false }), await start('right')];
    await other.kubectl('1.35', podArgs('web', `--env=${MARK}=other`));
    await other.kubectl('1.35', ['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s']);
    const pids = containerPids(MARK, 'other');
    await one.remove();
    started.splice(started.indexOf(one), 1);
    expect(containerPids(MARK, 'other')).toEqual(pids);
    expect(await other.kubectl('1.35', ['get', 'pod', 'web'])).toMatch(/1\/1 +Running +0 /);
  }, 300_000);
});
