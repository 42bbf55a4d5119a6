import { Cluster } from './cluster.ts';
import { IMAGE } from './image.ts';
import { until } from './until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('pods');
}, 240_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

const kubectl = (...args: readonly string[]) => cluster.kubectl('1.35', args);
const container = (script: string, more: object = {}) => ({ name: 'c', image: IMAGE, command: ['sh', '-c', script], ...more });
const STAY = 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done';
const exec = (name: string, script: string) => kubectl('exec', name, '-c', 'c', '--', 'sh', '-c', script);

async function create(name: string, spec: object): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 2, ...spec },
  };
  await cluster.kubectl('1.35', ['create', '-f', '-'], { input: JSON.stringify(pod) });
}

const ready = (name: string) => kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');

it('a readiness probe takes a pod out of its Service and back', async () => {
  const probe = { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 };
  await create('probed', { containers: [container(STAY, { readinessProbe: probe })] });
  await kubectl('expose', 'pod', 'probed', '--port=80');
  const isReady = async () =>
    await kubectl(
      'get',
      'endpointslices',
      '-l',
      'kubernetes.io/service-name=probed',
      '-o',
      'jsonpath={.items[*].endpoints[*].conditions.ready}',
    );
  await until('an endpoint that is not ready', async () => (await isReady()) === 'false');
  await exec('probed', 'touch /tmp/ready');
  await until('one that is', async () => (await isReady()) === 'true');
  await exec('probed', 'rm /tmp/ready');
  await until('one that is not again', async () => (await isReady()) === 'false');
});

it('a liveness probe restarts, once the startup probe lets it', async () => {
  const probe = (file: string) => ({ exec: { command: ['test', '-e', file] }, periodSeconds: 1, failureThreshold: 1 });
  await create('alive', {
    containers: [container(STAY, { livenessProbe: probe('/tmp/alive'), startupProbe: { ...probe('/tmp/started'), failureThreshold: 60 } })],
  });
  await until('the container', async () => (await exec('alive', 'touch /tmp/alive /tmp/started; echo ok')) === 'ok\n');
  await ready('alive');
  expect(await kubectl('get', 'pod', 'alive', '-o', 'jsonpath={..restartCount}')).toBe('0');
  await exec('alive', 'rm /tmp/alive');
  await until('a restart', async () => (await kubectl('get', 'pod', 'alive', '-o', 'jsonpath={..restartCount}')) === '1');
  expect(await kubectl('describe', 'pod', 'alive')).toMatch(/Killing .*Container c failed liveness probe, will be restarted/);
});

it('hooks, and a sidecar that starts before and ends after', async () => {
  const mount = { volumeMounts: [{ name: 'told', mountPath: '/told' }] };
  const hook = (word: string) => ({ exec: { command: ['sh', '-c', `echo ${word} >> /told/order`] } });
  await create('hooked', {
    restartPolicy: 'Never',
    initContainers: [
      { ...container('echo init >> /told/order', mount), name: 'init' },
      { ...container(`echo sidecar >> /told/order; ${STAY}`, mount), name: 'side', restartPolicy: 'Always' },
    ],
    containers: [
      container('until grep -q started /told/order; do sleep 0.1; done; cat /told/order', {
        ...mount,
        lifecycle: { postStart: hook('started') },
      }),
    ],
    volumes: [{ name: 'told', emptyDir: {} }],
  });
  await until('the end of all', async () => (await kubectl('get', 'pod', 'hooked', '-o', 'jsonpath={.status.phase}')) === 'Succeeded');
  expect(await kubectl('logs', 'hooked', '-c', 'c')).toBe('init\nsidecar\nstarted\n');
});

it('projected volumes follow what they show', async () => {
  await kubectl('create', 'configmap', 'shown', '--from-literal=word=before');
  await create('shows', {
    containers: [container(STAY, { volumeMounts: [{ name: 'all', mountPath: '/all' }] })],
    volumes: [
      {
        name: 'all',
        projected: {
          sources: [
            { configMap: { name: 'shown' } },
            { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            { serviceAccountToken: { path: 'token', audience: 'somebody', expirationSeconds: 600 } },
          ],
        },
      },
    ],
  });
  await ready('shows');
  expect(await exec('shows', 'cat /all/word; echo; cat /all/labels')).toBe('before\napp="shows"');
  const [, claims = ''] = (await exec('shows', 'cat /all/token')).split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    aud: ['somebody'],
    'kubernetes.io': { pod: { name: 'shows' } },
  });
  await kubectl('patch', 'configmap', 'shown', '-p', '{"data":{"word":"after"}}');
  await kubectl('label', 'pod', 'shows', 'more=yes');
  await until(
    'both changes',
    async () => (await exec('shows', 'cat /all/word; echo; cat /all/labels')) === 'after\napp="shows"\nmore="yes"',
    100_000,
  );
});

it('runs as it is told to, on the network it is told to', async () => {
  await create('told', {
    hostNetwork: true,
    securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000 },
    containers: [
      container(STAY, {
        securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
      }),
    ],
  });
  await ready('told');
  expect(await exec('told', 'id -u; id -g; id -G')).toBe('1000\n2000\n2000 3000\n');
  expect(await exec('told', 'grep -E "^(CapEff|NoNewPrivs)" /proc/self/status')).toBe('CapEff:\t0000000000000000\nNoNewPrivs:\t1\n');
  expect(await exec('told', 'touch /file 2>&1 || true')).toMatch(/Read-only file system/);
  const [host, pod] = (await kubectl('get', 'pod', 'told', '-o', 'jsonpath={.status.hostIP} {.status.podIP}')).split(' ');
  expect(pod).toBe(host);
});
