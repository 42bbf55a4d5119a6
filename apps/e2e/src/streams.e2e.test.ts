import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, podArgs } from './cluster.ts';
import { IMAGE } from './image.ts';
import { KUBECTLS } from './peers.ts';
import { until } from './until.ts';

const LOOK = 'until ps | grep -q "[h]ttpd -f"; do sleep 0.1; done; ps; echo done; sleep 3600';
const BIG = 3 * 1024 * 1024;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('streams');
}, 240_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

describe.each(KUBECTLS)('kubectl %s', version => {
  const slug = version.replace('.', '-');
  const kubectl = (...args: readonly string[]) => cluster.kubectl(version, args);
  const web = `web-${slug}`;
  const shellContainer = (name: string, script: string) => ({ name, image: IMAGE, command: ['sh', '-c', script] });
  const create = (name: string, spec: object) =>
    cluster.kubectl(version, ['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 1, ...spec } }),
    });

  beforeAll(async () => {
    await kubectl(
      ...podArgs(web, '--port=8080', '--', 'sh', '-c', 'mkdir /www; echo page > /www/index.html; exec httpd -f -p 8080 -h /www'),
    );
    await kubectl('expose', 'pod', web, '--port=80', '--target-port=8080');
    await kubectl('wait', '--for=condition=Ready', `pod/${web}`, '--timeout=60s');
  });

  it('expose: the Service has the pod behind it', async () => {
    const address = await kubectl('get', 'pod', web, '-o', 'jsonpath={.status.podIP}');
    await until('the endpoint', async () => (await kubectl('get', 'endpoints', web)).includes(`${address}:8080`));
    expect(await kubectl('get', 'service', web)).toMatch(new RegExp(`^${web} +ClusterIP +10(\\.\\d+){3} +<none> +80/TCP +\\d+s$`, 'm'));
    expect(await kubectl('describe', 'service', web)).toMatch(new RegExp(`^Endpoints: +${address}:8080$`, 'm'));
  });

  it('logs of each container, of init containers and of the one before', async () => {
    const name = `many-${slug}`;
    await create(name, {
      initContainers: [shellContainer('first', 'echo prepared')],
      containers: [
        shellContainer('steady', 'echo steady; sleep 3600'),
        shellContainer('failing', 'if [ -e /state/once ]; then echo second; sleep 3600; fi; touch /state/once; echo first; exit 1'),
      ].map(container => ({ ...container, volumeMounts: [{ name: 'state', mountPath: '/state' }] })),
      volumes: [{ name: 'state', emptyDir: {} }],
    });
    await until('the second life', async () => (await cluster.tryKubectl(version, ['logs', name, '-c', 'failing'])).stdout === 'second\n');
    expect(await kubectl('logs', name, '--previous', '-c', 'failing')).toBe('first\n');
    expect(await kubectl('logs', name, '-c', 'first')).toBe('prepared\n');
    expect((await kubectl('logs', name, '--all-containers')).trim().split('\n').sort()).toEqual(['prepared', 'second', 'steady']);
    const none = await cluster.tryKubectl(version, ['logs', name, '--previous', '-c', 'steady']);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/previous terminated container "steady" in pod "\S+" not found/) });
    await kubectl('delete', 'pod', name);
  });

  it('attach: what is typed and what is said', async () => {
    const name = `talk-${slug}`;
    await create(name, { containers: [{ ...shellContainer('c', 'while read line; do echo "heard $line"; done'), stdin: true }] });
    await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
    await using attached = cluster.open(version, ['attach', '-i', name]);
    attached.write('hello\n');
    await attached.heard('the answer', ({ lines }) => lines.includes('heard hello'));
    await kubectl('delete', 'pod', name);
  });

  it('cp, both ways', async () => {
    const [from, back] = [join(cluster.scratch, `from-${slug}`), join(cluster.scratch, `back-${slug}`)];
    writeFileSync(from, randomBytes(BIG));
    await kubectl('cp', from, `${web}:/tmp/big`);
    await kubectl('cp', `${web}:/tmp/big`, back);
    expect(readFileSync(back).equals(readFileSync(from))).toBe(true);
  });

  it.each(['pod', 'service'])('port-forward to a %s', async kind => {
    const port = kind === 'pod' ? '8080' : '80';
    await using forward = cluster.open(version, ['port-forward', `${kind}/${web}`, `:${port}`]);
    const local = await forward.heard('its port', ({ stdout }) => /^Forwarding from 127\.0\.0\.1:(\d+) -> 8080$/m.exec(stdout)?.[1]);
    const answers = await Promise.all([1, 2, 3].map(() => fetch(`http://127.0.0.1:${local}/index.html`).then(answer => answer.text())));
    expect(answers).toEqual(['page\n', 'page\n', 'page\n']);
  });

  it('debug: a container more in a pod that runs', async () => {
    // The form of 1.20 for ephemeral containers was alpha, and no server since 1.23 takes it; a copy of the pod it makes as all do.
    const pod = version === '1.20' ? `${web}-copy` : web;
    const how = version === '1.20' ? [`--copy-to=${pod}`, '--share-processes'] : [`--target=${web}`];
    await kubectl('debug', web, `--image=${IMAGE}`, '-c', 'looker', ...how, '--', 'sh', '-c', LOOK);
    const said = await until('what it saw', async () => {
      const { stdout } = await cluster.tryKubectl(version, ['logs', pod, '-c', 'looker']);
      return stdout.includes('done') && stdout;
    });
    expect(said).toMatch(/httpd -f -p 8080/); // of the target's processes
    if (version !== '1.20') expect(await kubectl('describe', 'pod', web)).toMatch(/^Ephemeral Containers:\n {2}looker:$/m);
  });

  it('run -it --rm', async () => {
    await using terminal = cluster.openTerminal(version, [
      'run',
      `once-${slug}`,
      '-it',
      '--rm',
      `--image=${IMAGE}`,
      '--restart=Never',
      '--',
      'sh',
    ]);
    await terminal.heard('a prompt', ({ stdout }) => stdout.includes('# '));
    terminal.write('echo sum $((40+2))\n');
    await terminal.heard('the sum', ({ lines }) => lines.includes('sum 42'));
    terminal.write('exit\n');
    const { code, stdout } = await terminal.finished();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(new RegExp(`pod "once-${slug}" deleted`)) });
    expect((await cluster.tryKubectl(version, ['get', 'pod', `once-${slug}`])).code).toBe(1);
  });

  it('run --restart=Never', async () => {
    const name = `never-${slug}`;
    await kubectl(...podArgs(name, '--restart=Never', '--', 'sh', '-c', 'echo failing; exit 3'));
    await until('Error', async () => / 0\/1 +Error +0 /.test(await kubectl('get', 'pod', name)));
    expect(await kubectl('get', 'pod', name, '-o', 'jsonpath={.status.phase} {..terminated.exitCode}')).toBe('Failed 3');
    await kubectl('delete', 'pod', name);
  });
});
