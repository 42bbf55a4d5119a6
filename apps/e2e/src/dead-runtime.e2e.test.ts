import { Cluster, podArgs, steersman } from './cluster.ts';
import { until } from './until.ts';

describe('a runtime that hangs', () => {
  let cluster: Cluster;
  beforeAll(async () => (cluster = await Cluster.start('hung')), 180_000);
  afterAll(async () => await cluster.remove(), 120_000);

  const ready = async (): Promise<string> => {
    const path = '{.items[0].status.conditions[?(@.type=="Ready")]}';
    return await cluster.kubectl('1.35', ['get', 'nodes', '-o', `jsonpath=${path}`]);
  };

  it('makes its node NotReady, is told by status and doctor, and is used again when it goes on', async () => {
    const pid = await cluster.pidOf('containerd');
    const of = ['--name', cluster.name, '--data-dir', cluster.dataDir];
    process.kill(pid, 'SIGSTOP');
    try {
      await until('the node to be NotReady', async () => /"status":"False"/.test(await ready()), 40_000);
      expect(await ready()).toMatch(/container runtime is down/);
      const status = await cluster.run(['status']);
      expect(status).toMatch(/is not Ready: container runtime is down/);
      expect(status).toMatch(new RegExp(`containerd was stopped by a signal .*kill -CONT ${pid}`));
      const { code, stdout, stderr } = await steersman(['doctor', ...of]);
      expect(code).toBe(1);
      expect(stdout).toMatch(new RegExp(`containerd +process ${pid} was stopped by a signal`));
      expect(stderr).toMatch(/this cluster is not well: .*containerd/);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('the node to be Ready', async () => /"status":"True"/.test(await ready()));
    await cluster.kubectl('1.35', podArgs('after'));
    await cluster.kubectl('1.35', ['wait', '--for=condition=Ready', 'pod/after', '--timeout=60s']);
    expect(await cluster.pidOf('containerd')).toBe(pid);
  }, 150_000);
});
