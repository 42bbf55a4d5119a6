import { type Component, COMPONENTS, Cluster, podArgs } from './cluster.ts';
import { containerPids, MARK } from './containers.ts';
import { IMAGE } from './image.ts';
import { until } from './until.ts';

interface PodFacts {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number; readonly containerID?: string }[];
  };
}

let cluster: Cluster;
const kubectl = (...args: readonly string[]) => cluster.kubectl('1.35', args);
const pods = async (selector: string) => (await cluster.json<{ items: readonly PodFacts[] }>(['get', 'pods', '-l', selector])).items;
const facts = (found: readonly PodFacts[]) =>
  Object.fromEntries(
    found.map(({ metadata, spec, status }) => [
      metadata.name,
      {
        uid: metadata.uid,
        node: spec.nodeName,
        ip: status.podIP,
        containers: status.containerStatuses?.map(({ restartCount, containerID }) => ({ restartCount, containerID })),
      },
    ]),
  );

interface Wanted {
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly mark: string;
}

const deployment = (name: string, { replicas, labels, mark }: Wanted): object => {
  const spec = { containers: [{ name: 'c', image: IMAGE, env: [{ name: MARK, value: mark }] }] };
  const template = { metadata: { labels }, spec };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } };
};
const create = (object: object) => cluster.kubectl('1.35', ['create', '-f', '-'], { input: JSON.stringify(object) });

beforeAll(async () => {
  cluster = await Cluster.start('crash');
  await kubectl(...podArgs('alone', '--labels=suite=crash', `--env=${MARK}=steady`));
  await create(deployment('steady', { replicas: 2, labels: { suite: 'crash', from: 'deployment' }, mark: 'steady' }));
  await kubectl('rollout', 'status', 'deployment/steady', '--timeout=60s');
  await kubectl('wait', '--for=condition=Ready', 'pod/alone', '--timeout=60s');
}, 300_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

/** Kills it as a power cut would and resolves when the launcher has it running again under another pid, and the node is Ready. */
async function killAndWait(component: Component): Promise<void> {
  const old = await cluster.pidOf(component);
  process.kill(old, 'SIGKILL');
  await until(`${component} to come back`, async () => {
    const found = (await cluster.components())[component];
    return found?.state === 'running' && found.pid !== old;
  });
  await until('the API to answer and the node to be Ready', async () => / Ready /.test(await kubectl('get', 'nodes')));
}

describe.each(COMPONENTS)('kill -9 of %s', slug => {
  it('leaves what runs as it is, and work goes on', async () => {
    const before = { pids: containerPids(MARK, 'steady'), pods: facts(await pods('suite=crash')) };
    expect(before.pids).toHaveLength(3);
    await killAndWait(slug);
    await kubectl(...podArgs(`after-${slug}`, `--env=${MARK}=after-${slug}`));
    await kubectl('wait', '--for=condition=Ready', `pod/after-${slug}`, '--timeout=60s');
    expect(await kubectl('exec', `after-${slug}`, '--', 'sh', '-c', `echo $${MARK}`)).toBe(`after-${slug}\n`);
    expect(await kubectl('logs', 'alone', '--tail=1')).toMatch(/^tick \d+\n$/);
    expect({ pids: containerPids(MARK, 'steady'), pods: facts(await pods('suite=crash')) }).toEqual(before);
    expect(containerPids(MARK, `after-${slug}`)).toHaveLength(1);
    await kubectl('delete', 'pod', `after-${slug}`);
    expect(containerPids(MARK, `after-${slug}`)).toEqual([]);
  });

  it('loses nothing that was acknowledged', async () => {
    const acknowledged: string[] = [];
    const write = async (at: number): Promise<void> => {
      const name = `kept-${slug}-${at}`;
      const { code } = await cluster.tryKubectl('1.35', ['create', 'configmap', name, `--from-literal=at=${at}`, '--request-timeout=5s']);
      if (code === 0) acknowledged.push(name);
    };
    const lane = async (first: number): Promise<void> => {
      for (let at = first; at < first + 4; at++) await write(at);
    };
    await Promise.all([lane(0), lane(4), lane(8), killAndWait(slug)]);
    expect(acknowledged.length).toBeGreaterThan(0);
    const there = (await kubectl('get', 'configmaps', '-o', 'name')).split('\n').map(line => line.replace('configmap/', ''));
    expect(acknowledged.filter(name => !there.includes(name))).toEqual([]);
  });

  it('starts nothing twice of what was under way', async () => {
    const name = `burst-${slug}`;
    await create(deployment(name, { replicas: 5, labels: { burst: slug }, mark: name }));
    await until('some of it to be under way', () => containerPids(MARK, name).length > 0);
    await killAndWait(slug);
    await kubectl('rollout', 'status', `deployment/${name}`, '--timeout=90s');
    await until('five containers', () => containerPids(MARK, name).length === 5);
    const made = await pods(`burst=${slug}`);
    expect(made).toHaveLength(5);
    expect(made.map(({ status }) => status.containerStatuses?.[0]?.restartCount)).toEqual([0, 0, 0, 0, 0]);
    await kubectl('delete', 'deployment', name);
    await until('all containers to go', () => containerPids(MARK, name).length === 0);
  });
});

it('comes back from a kill -9 of everything at once', async () => {
  const before = { pids: containerPids(MARK, 'steady'), pods: facts(await pods('suite=crash')) };
  const all = Object.values(await cluster.components()).flatMap(({ pid }) => pid ?? []);
  for (const pid of all) process.kill(pid, 'SIGKILL');
  await until('other pids', async () => {
    const now = Object.values(await cluster.components());
    return now.length >= COMPONENTS.length && now.every(({ pid, state }) => state === 'running' && pid !== undefined && !all.includes(pid));
  });
  await until('the node to be Ready', async () => / Ready /.test(await kubectl('get', 'nodes')));
  expect({ pids: containerPids(MARK, 'steady'), pods: facts(await pods('suite=crash')) }).toEqual(before);
});
