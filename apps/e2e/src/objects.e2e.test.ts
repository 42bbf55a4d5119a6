import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster, podArgs } from './cluster.ts';
import { IMAGE } from './image.ts';
import { KUBECTLS } from './peers.ts';
import { until } from './until.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('objects');
}, 240_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

/** Kinds that a kubectl describes in a version which nobody serves any more. */
const NOT_DESCRIBED: Readonly<Record<(typeof KUBECTLS)[number], readonly string[]>> = {
  '1.20': ['endpointslices.discovery.k8s.io'],
  '1.32': [],
  '1.35': [],
};

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };

describe.each(KUBECTLS)('kubectl %s', version => {
  const slug = version.replace('.', '-');
  const kubectl = (...args: readonly string[]) => cluster.kubectl(version, args);
  const tryKubectl = (...args: readonly string[]) => cluster.tryKubectl(version, args);
  const feed = (object: object, ...args: readonly string[]) =>
    cluster.kubectl(version, [...args, '-f', '-'], { input: JSON.stringify(object) });
  const named = (what: string) => `${what}-${slug}`;
  const data = async (name: string) => JSON.parse(await kubectl('get', 'configmap', name, '-o', 'jsonpath={.data}')) as unknown;
  const uid = (...args: readonly string[]) => kubectl('get', ...args, '-o', 'jsonpath={.metadata.uid}');

  it('apply: anew, again, with a change, with a field removed', async () => {
    const name = named('apply');
    const apply = (values: Readonly<Record<string, string>>) => feed({ ...CONFIG_MAP, metadata: { name }, data: values }, 'apply');
    expect(await apply({ a: '1', b: '2' })).toBe(`configmap/${name} created\n`);
    expect(await apply({ a: '1', b: '2' })).toBe(`configmap/${name} unchanged\n`);
    await kubectl('patch', 'configmap', name, '--type=merge', '-p', '{"data":{"by":"somebody else"}}');
    expect(await apply({ a: '9', b: '2' })).toBe(`configmap/${name} configured\n`);
    expect(await apply({ a: '9' })).toBe(`configmap/${name} configured\n`);
    expect(await data(name)).toEqual({ a: '9', by: 'somebody else' });
  });

  it('diff shows what apply would change, and ends with 1', async () => {
    const name = named('diff');
    const object = { ...CONFIG_MAP, metadata: { name }, data: { a: 'old' } };
    await feed(object, 'apply');
    const diff = (input: object) => cluster.tryKubectl(version, ['diff', '-f', '-'], { input: JSON.stringify(input) });
    expect(await diff(object)).toMatchObject({ code: 0, stdout: '' });
    const { code, stdout } = await diff({ ...object, data: { a: 'new' } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^- {2}a: old\n\+ {2}a: new$/m);
    expect(await data(name)).toEqual({ a: 'old' });
  });

  it('edit', async () => {
    const name = named('edit');
    await kubectl('create', 'configmap', name, '--from-literal=a=before');
    const editor = join(cluster.scratch, `editor-${slug}`);
    writeFileSync(editor, '#!/bin/sh\nsed -i s/before/after/ "$1"\n', { mode: 0o755 });
    const edited = await cluster.tryKubectl(version, ['edit', 'configmap', name], { env: { KUBE_EDITOR: editor } });
    expect(edited).toMatchObject({ code: 0, stdout: `configmap/${name} edited\n` });
    expect(await data(name)).toEqual({ a: 'after' });
  });

  it('replace, and replace --force', async () => {
    const name = named('replace');
    const object = (a: string) => ({ ...CONFIG_MAP, metadata: { name }, data: { a } });
    await feed(object('1'), 'create');
    const before = await uid('configmap', name);
    expect(await feed(object('2'), 'replace')).toBe(`configmap/${name} replaced\n`);
    expect([await uid('configmap', name), await data(name)]).toEqual([before, { a: '2' }]);
    expect(await feed(object('3'), 'replace', '--force')).toMatch(
      new RegExp(`^configmap "${name}" deleted( from default namespace)?\nconfigmap/${name} replaced\n$`),
    );
    expect(await data(name)).toEqual({ a: '3' });
    expect(await uid('configmap', name)).not.toBe(before);
  });

  it('label and annotate', async () => {
    const name = named('marked');
    await kubectl('create', 'configmap', name);
    expect(await kubectl('label', 'configmap', name, 'tier=front')).toBe(`configmap/${name} labeled\n`);
    const again = await tryKubectl('label', 'configmap', name, 'tier=back');
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/'tier' already has a value \(front\), and --overwrite is false/),
    });
    await kubectl('label', 'configmap', name, 'tier=back', '--overwrite');
    expect(await kubectl('get', 'configmaps', '-l', `tier in (back),tier notin (front)`, '-o', 'name')).toContain(`configmap/${name}\n`);
    expect(await kubectl('annotate', 'configmap', name, 'note=read me')).toBe(`configmap/${name} annotated\n`);
    expect(await kubectl('get', 'configmap', name, '-o', 'jsonpath={.metadata.annotations.note}')).toBe('read me');
    await kubectl('label', 'configmap', name, 'tier-');
    await kubectl('annotate', 'configmap', name, 'note-');
    expect(await kubectl('get', 'configmap', name, '-o', 'jsonpath={.metadata.labels}{.metadata.annotations}')).toBe('');
  });

  it('get -o yaml, jsonpath, template, custom-columns and -w', async () => {
    const name = named('watched');
    await using watch = cluster.open(version, [
      ...['get', 'configmaps', '-w', '--field-selector', `metadata.name=${name}`],
      ...['-o', 'template={{.metadata.name}} {{.data.a}}{{"\\n"}}'],
    ]);
    await kubectl('create', 'configmap', name, '--from-literal=a=1');
    await watch.heard('the first value', ({ lines }) => lines.includes(`${name} 1`));
    await kubectl('patch', 'configmap', name, '-p', '{"data":{"a":"2"}}');
    await watch.heard('the second value', ({ lines }) => lines.includes(`${name} 2`));
    expect(await kubectl('get', 'configmap', name, '-o', 'yaml')).toMatch(
      new RegExp(
        `^apiVersion: v1\ndata:\n {2}a: "2"\nkind: ConfigMap\nmetadata:\n {2}creationTimestamp: "\\S+Z"\n {2}name: ${name}\n {2}namespace: default\n`,
      ),
    );
    expect(await kubectl('get', 'configmap', name, '-o', 'jsonpath={.kind} {.data.a}')).toBe('ConfigMap 2');
    expect(await kubectl('get', 'configmap', name, '-o', 'custom-columns=A:.data.a,NONE:.data.b')).toBe('A     NONE\n2     <none>\n');
  });

  it('deletes with a finalizer only once that is gone', async () => {
    const name = named('held');
    await feed({ ...CONFIG_MAP, metadata: { name, finalizers: ['example.com/hold'] } }, 'create');
    await using waiting = cluster.open(version, ['delete', 'configmap', name]);
    await until(
      'its end to begin',
      async () => (await kubectl('get', 'configmap', name, '-o', 'jsonpath={.metadata.deletionTimestamp}')) !== '',
    );
    await kubectl('patch', 'configmap', name, '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]');
    expect((await waiting.finished()).code).toBe(0);
    expect((await tryKubectl('get', 'configmap', name)).code).toBe(1);
  });

  it.each([
    { policy: 'background', kept: false },
    { policy: 'foreground', kept: false },
    { policy: 'orphan', kept: true },
  ])('delete --cascade=$policy', async ({ policy, kept }) => {
    const name = named(policy);
    await kubectl('create', 'deployment', name, `--image=${IMAGE}`);
    await kubectl('rollout', 'status', `deployment/${name}`, '--timeout=60s');
    await kubectl('delete', 'deployment', name, `--cascade=${policy}`);
    const sets = () => kubectl('get', 'replicasets', '-l', `app=${name}`, '-o', 'jsonpath={.items[*].metadata.ownerReferences}');
    if (kept) {
      expect(await kubectl('get', 'replicasets', '-l', `app=${name}`, '-o', 'name')).toMatch(/^replicaset\.apps\/\S+\n$/);
      expect(await sets()).toBe('');
      await kubectl('delete', 'replicaset', '-l', `app=${name}`);
    } else if (policy === 'foreground') {
      expect(await kubectl('get', 'replicasets', '-l', `app=${name}`)).toBe(''); // the owner goes last
    }
    await until('all to go', async () => (await kubectl('get', 'replicasets,pods', '-l', `app=${name}`)) === '');
  });

  it('delete --grace-period=0 --force', async () => {
    const name = named('forced');
    await kubectl(...podArgs(name, '--', 'sh', '-c', 'trap "" TERM; while :; do sleep 1; done'));
    await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
    const { code, stdout, stderr } = await tryKubectl('delete', 'pod', name, '--grace-period=0', '--force');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/force deleted/) });
    expect(stderr).toMatch(/[Ww]arning: Immediate deletion does not wait for confirmation/);
    expect((await tryKubectl('get', 'pod', name)).code).toBe(1);
  });

  it('taint, cordon, uncordon', async () => {
    const node = (await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    const taints = () => kubectl('get', 'node', node, '-o', 'jsonpath={.spec.taints[*].key}');
    expect(await kubectl('taint', 'node', node, 'dedicated=us:NoSchedule')).toBe(`node/${node} tainted\n`);
    expect(await taints()).toBe('dedicated');
    expect(await kubectl('taint', 'node', node, 'dedicated-')).toBe(`node/${node} untainted\n`);
    expect(await kubectl('cordon', node)).toBe(`node/${node} cordoned\n`);
    expect(await kubectl('get', 'node', node)).toMatch(/ Ready,SchedulingDisabled /);
    await until('the taint of a cordon', async () => (await taints()) === 'node.kubernetes.io/unschedulable');
    expect(await kubectl('uncordon', node)).toBe(`node/${node} uncordoned\n`);
    await until('no taint', async () => (await taints()) === '');
  });

  it('drain waits for a PodDisruptionBudget', async () => {
    const name = named('guarded');
    const node = (await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    await kubectl('create', 'deployment', name, `--image=${IMAGE}`);
    // kubectl 1.20 would create it in v1beta1, which nobody serves any more.
    const spec = { minAvailable: 1, selector: { matchLabels: { app: name } } };
    await feed({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec }, 'create');
    await kubectl('rollout', 'status', `deployment/${name}`, '--timeout=60s');
    await until('the budget to count', async () => (await kubectl('get', 'pdb', name, '-o', 'jsonpath={.status.currentHealthy}')) === '1');
    await using drain = cluster.open(version, ['drain', node, `--pod-selector=app=${name}`, '--timeout=60s']);
    const refused = /error when evicting pods?.*: Cannot evict pod as it would violate the pod's disruption budget\./;
    await drain.heard('why it waits', ({ stderr }) => refused.test(stderr));
    await kubectl('delete', 'pdb', name);
    const { code, stdout } = await drain.finished();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(new RegExp(`node/${node} (evicted|drained)\n$`)) });
    await kubectl('uncordon', node);
    await kubectl('delete', 'deployment', name);
  });

  it('wait for a condition and for a value', async () => {
    const name = named('awaited');
    await kubectl(...podArgs(name));
    expect(await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s')).toBe(`pod/${name} condition met\n`);
    if (version !== '1.20')
      expect(await kubectl('wait', '--for=jsonpath={.status.phase}=Running', `pod/${name}`, '--timeout=60s')).toBe(
        `pod/${name} condition met\n`,
      );
    const late = await tryKubectl('wait', '--for=condition=Nothing', `pod/${name}`, '--timeout=1s');
    expect(late).toMatchObject({ code: 1, stderr: `error: timed out waiting for the condition on pods/${name}\n` });
    await kubectl('delete', 'pod', name, '--wait=false');
    await using gone = cluster.open(version, ['wait', '--for=delete', `pod/${name}`, '--timeout=60s']);
    await until('the pod to go', async () => (await tryKubectl('get', 'pod', name)).code === 1);
    if (version !== '1.20') expect((await gone.finished()).code).toBe(0); // which finds it an error to be late
  });

  it('explain, down to nested fields', async () => {
    expect(await kubectl('explain', 'pods.spec.containers.livenessProbe.httpGet')).toMatch(/^ *port\t<\S+> -required-$/m);
    expect(await kubectl('explain', 'deployment.spec.strategy.rollingUpdate')).toMatch(/maxSurge\t<\S+>/);
    expect((await tryKubectl('explain', 'pods.spec.nothing')).stderr).toMatch(/field "nothing" does not exist/);
  });

  it('auth can-i, whoami and tokens', async () => {
    expect(await kubectl('auth', 'can-i', 'create', 'pods')).toBe('yes\n');
    expect(await kubectl('auth', 'can-i', '--list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    const nobody = await tryKubectl('auth', 'can-i', 'create', 'pods', '--as=nobody');
    expect({ code: nobody.code, stdout: nobody.stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^no\b/) });
    if (version === '1.20') return; // it has neither
    expect(await kubectl('auth', 'whoami')).toMatch(/^Groups +\[system:masters system:authenticated\]$/m);
    const token = (await kubectl('create', 'token', 'default')).trim();
    const [, claims = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'system:serviceaccount:default:default' });
    const as = ['--token', token, '--kubeconfig', '/dev/null', '--insecure-skip-tls-verify'];
    const server = await kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}');
    expect(await kubectl('auth', 'whoami', ...as, '--server', server)).toMatch(/^Username +system:serviceaccount:default:default$/m);
  });

  it('tells what it serves, and what it does not', async () => {
    expect(await kubectl('api-versions')).toMatch(/^apps\/v1$/m);
    expect(await kubectl('api-resources', '--api-group=apps')).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(await kubectl('version')).toMatch(/Server Version: .*v1\.36\.\d+\+steersman/);
    expect(await kubectl('cluster-info')).toMatch(/is running at .*https:\/\/127\.0\.0\.1:/);
    for (const what of ['pods', 'nodes'])
      expect(await tryKubectl('top', what)).toMatchObject({ code: 1, stderr: 'error: Metrics API not available\n' });
    const events = version === '1.20' ? ['get', 'events'] : ['events'];
    expect(await kubectl(...events)).toMatch(/^\S+ +Normal +NodeReady +[Nn]ode\/\S+ +Node \S+ status is now: NodeReady$/m);
  });

  it('describes every kind there is', async () => {
    const kinds = (await kubectl('api-resources', '--verbs=list', '-o', 'name')).trim().split('\n');
    expect(kinds.length).toBeGreaterThan(30);
    for (const kind of kinds.filter(name => !NOT_DESCRIBED[version].includes(name))) {
      const there = (await kubectl('get', kind, '-A', '-o', 'name')) !== '';
      const { code, stdout, stderr } = await tryKubectl('describe', kind, '-A');
      expect({ kind, code, stderr: there ? stderr : '' }).toEqual({ kind, code: 0, stderr: '' });
      if (there) expect(stdout).toMatch(/^Name: +\S+$/m);
    }
  });
});
