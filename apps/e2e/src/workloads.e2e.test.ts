import { Cluster } from './cluster.ts';
import { IMAGE } from './image.ts';
import { KUBECTLS } from './peers.ts';
import { until } from './until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('workloads');
}, 240_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

const TICK = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'];

describe.each(KUBECTLS)('kubectl %s', version => {
  const slug = version.replace('.', '-');
  const kubectl = (...args: readonly string[]) => cluster.kubectl(version, args);
  const create = (object: object) => cluster.kubectl(version, ['create', '-f', '-'], { input: JSON.stringify(object) });
  const template = (app: string, container: object = {}) => ({
    metadata: { labels: { app } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: IMAGE, command: TICK, ...container }] },
  });
  const env = (kind: string, name: string) => kubectl('get', kind, name, '-o', 'jsonpath={.spec.template.spec.containers[0].env[0].value}');

  it('rollout: history, pause, resume, undo, restart; set image', async () => {
    const name = `rolled-${slug}`;
    const target = `deployment/${name}`;
    const finished = () => kubectl('rollout', 'status', target, '--timeout=60s');
    await create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, template: template(name, { env: [{ name: 'AT', value: '1' }] }) },
    });
    await finished();
    expect(await kubectl('rollout', 'pause', target)).toBe(`deployment.apps/${name} paused\n`);
    await kubectl('set', 'env', target, 'AT=2');
    await kubectl('annotate', target, 'kubernetes.io/change-cause=second');
    await until('the change to be seen', async () => {
      const seen = await kubectl('get', 'deployment', name, '-o', 'jsonpath={.metadata.generation} {.status.observedGeneration}');
      return new Set(seen.split(' ')).size === 1;
    });
    expect((await kubectl('get', 'replicasets', '-l', `app=${name}`, '-o', 'name')).trim().split('\n')).toHaveLength(1);
    expect(await kubectl('rollout', 'resume', target)).toBe(`deployment.apps/${name} resumed\n`);
    await finished();
    expect(await kubectl('rollout', 'history', target)).toMatch(/^1 +<none>\n2 +second$/m);
    expect(await kubectl('rollout', 'history', target, '--revision=1')).toMatch(/^ +AT:\s+1$/m);
    expect(await kubectl('rollout', 'undo', target)).toBe(`deployment.apps/${name} rolled back\n`);
    await finished();
    expect(await env('deployment', name)).toBe('1');
    expect(await kubectl('rollout', 'history', target)).toMatch(/^2 +second\n3 +<none>$/m);
    expect(await kubectl('rollout', 'restart', target)).toBe(`deployment.apps/${name} restarted\n`);
    await finished();
    expect(await kubectl('get', target, '-o', 'jsonpath={.spec.template.metadata.annotations}')).toMatch(
      /kubectl\.kubernetes\.io\/restartedAt/,
    );
    expect(await kubectl('set', 'image', target, 'c=e2e.steersman.io/nothing:1')).toBe(`deployment.apps/${name} image updated\n`);
    await until('the pull to fail', async () => /ErrImagePull|ImagePullBackOff/.test(await kubectl('get', 'pods', '-l', `app=${name}`)));
    expect(await kubectl('get', target)).toMatch(/ 1\/1 +1 +1 /); // the old pod stays
    await kubectl('delete', target);
  });

  it('Jobs and CronJobs', async () => {
    const name = `job-${slug}`;
    await kubectl('create', 'job', name, `--image=${IMAGE}`, '--', 'echo', 'worked');
    expect(await kubectl('wait', '--for=condition=Complete', `job/${name}`, '--timeout=60s')).toBe(`job.batch/${name} condition met\n`);
    expect(await kubectl('logs', `job/${name}`)).toBe('worked\n');
    const cron = `cron-${slug}`;
    await create({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: cron },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: IMAGE, command: ['echo', 'now'] }] } } },
        },
      },
    });
    // 1.20 asks for the CronJob in v1beta1, which nobody serves any more.
    if (version !== '1.20') {
      await kubectl('create', 'job', `${cron}-now`, `--from=cronjob/${cron}`);
      await kubectl('wait', '--for=condition=Complete', `job/${cron}-now`, '--timeout=60s');
      expect(await kubectl('logs', `job/${cron}-now`)).toBe('now\n');
    }
    expect(await kubectl('get', 'cronjobs.v1.batch', cron)).toMatch(
      new RegExp(`^${cron} +0 0 1 1 \\* +(<none> +)?False +0 +<none> +\\d+s$`, 'm'),
    );
  });

  it('a StatefulSet: one after the other, names that stay, in DNS too', async () => {
    const name = `db-${slug}`;
    await create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP: 'None', selector: { app: name }, ports: [{ port: 80 }] },
    });
    await create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name },
      spec: {
        serviceName: name,
        replicas: 2,
        selector: { matchLabels: { app: name } },
        template: template(name, { env: [{ name: 'AT', value: '1' }] }),
      },
    });
    await kubectl('rollout', 'status', `statefulset/${name}`, '--timeout=60s');
    const times = async () =>
      (
        await kubectl(
          'get',
          'pods',
          '-l',
          `app=${name}`,
          '-o',
          'jsonpath={range .items[*]}{.metadata.name} {.metadata.creationTimestamp} {.status.conditions[?(@.type=="Ready")].lastTransitionTime}{"\\n"}{end}',
        )
      )
        .trim()
        .split('\n')
        .map(line => line.split(' '));
    const [[first, , firstReady = ''] = [], [second, secondMade = ''] = []] = await times();
    expect([first, second]).toEqual([`${name}-0`, `${name}-1`]);
    expect(Date.parse(secondMade)).toBeGreaterThanOrEqual(Date.parse(firstReady));
    const address = await kubectl('get', 'pod', `${name}-1`, '-o', 'jsonpath={.status.podIP}');
    await until('the name of the second', async () => {
      const asked = ['exec', `${name}-0`, '--', 'nslookup', `${name}-1.${name}.default.svc.cluster.local`];
      return (await cluster.tryKubectl(version, asked)).stdout.includes(address);
    });
    await kubectl('set', 'env', `statefulset/${name}`, 'AT=2');
    expect(await kubectl('rollout', 'status', `statefulset/${name}`, '--timeout=60s')).toMatch(/(roll out|rolling update) complete/);
    expect(await kubectl('exec', `${name}-1`, '--', 'sh', '-c', 'echo $AT; hostname')).toBe(`2\n${name}-1\n`);
    expect(await kubectl('rollout', 'history', `statefulset/${name}`)).toMatch(/^1 +<none>\n2 +<none>$/m);
    await kubectl('rollout', 'undo', `statefulset/${name}`);
    expect(await env('statefulset', name)).toBe('1');
    await kubectl('delete', 'statefulset,service', name);
  });

  it('a DaemonSet', async () => {
    const name = `daemon-${slug}`;
    await create({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, template: template(name) },
    });
    await kubectl('rollout', 'status', `daemonset/${name}`, '--timeout=60s');
    expect(await kubectl('get', 'daemonset', name)).toMatch(new RegExp(`^${name} +1 +1 +1 +1 +1 +<none> +\\d+s$`, 'm'));
    await kubectl('set', 'env', `daemonset/${name}`, 'AT=2');
    await kubectl('rollout', 'status', `daemonset/${name}`, '--timeout=60s');
    expect(await kubectl('rollout', 'history', `daemonset/${name}`)).toMatch(/^1 +<none>\n2 +<none>$/m);
    await kubectl('delete', 'daemonset', name);
  });
});
