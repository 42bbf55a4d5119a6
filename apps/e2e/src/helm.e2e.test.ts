import { join } from 'node:path';
import { Cluster } from './cluster.ts';
import { IMAGE } from './image.ts';
import { HELMS } from './peers.ts';
import { until } from './until.ts';

const CHART = join(import.meta.dirname, '../charts/web');

/** Helm 4 would leave merging to the server, and later commands on a release go on as it was installed. */
const APPLY = { '3.17': [], '4.1': ['--server-side=false'] } as const;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('helm');
}, 240_000);
afterAll(async () => {
  await cluster?.remove();
}, 120_000);

interface Revision {
  readonly revision: number;
  readonly status: string;
  readonly description: string;
}

describe.each(HELMS)('helm %s', version => {
  const release = `web-${version.replace('.', '-')}`;
  const kubectl = (...args: readonly string[]) => cluster.kubectl('1.35', args);
  const values = (page: string, ...more: readonly string[]) =>
    [`image=${IMAGE}`, `page=${page}`, ...more].flatMap(value => ['--set', value]);
  const helm = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await cluster.helm(version, args);
    if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}\n${await kubectl('get', 'pods')}`);
    return stdout;
  };
  const history = async () => JSON.parse(await helm('history', release, '-o', 'json')) as readonly Revision[];
  const page = async () => {
    const [pod = ''] = (await kubectl('get', 'pods', '-l', `app=${release}`, '--field-selector=status.phase=Running', '-o', 'name')).split(
      '\n',
    );
    return await kubectl('exec', pod, '--', 'wget', '-qO-', `http://${release}/index.html`);
  };

  it('install --wait', async () => {
    expect(await helm('install', release, CHART, ...APPLY[version], '--wait', '--timeout=60s', ...values('one'))).toMatch(
      /^STATUS: deployed$/m,
    );
    expect(await kubectl('get', 'deployment', release, '-o', 'jsonpath={.status.availableReplicas}')).toBe('1');
    expect(await kubectl('logs', `job/${release}-before`)).toBe('one\n');
    expect(await page()).toBe('one');
  });

  it('upgrade --wait', async () => {
    expect(await helm('upgrade', release, CHART, '--wait', '--timeout=60s', ...values('two', 'replicas=2'))).toMatch(/^REVISION: 2$/m);
    expect(await kubectl('get', 'deployment', release, '-o', 'jsonpath={.status.availableReplicas}')).toBe('2');
    await until('the new page', async () => (await page()) === 'two');
    expect(await helm('get', 'values', release, '-o', 'json')).toMatch(/"page":"two"/);
  });

  it('an upgrade that does not become ready in time fails, and says so', async () => {
    const { code, stderr } = await cluster.helm(version, [
      ...['upgrade', release, CHART, '--wait', '--timeout=6s'],
      ...values('three', 'ready=false'),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/UPGRADE FAILED/);
    expect((await history()).map(({ status }) => status)).toEqual(['superseded', 'deployed', 'failed']);
  });

  it('rollback --wait', async () => {
    expect(await helm('rollback', release, '1', '--wait', '--timeout=60s')).toMatch(/Rollback was a success/);
    expect((await history()).at(-1)).toMatchObject({ revision: 4, status: 'deployed', description: 'Rollback to 1' });
    await until('the first page', async () => (await page()) === 'one');
    expect(await kubectl('get', 'deployment', release, '-o', 'jsonpath={.spec.replicas}')).toBe('1');
  });

  it('list and status', async () => {
    expect(JSON.parse(await helm('list', '-o', 'json'))).toMatchObject([
      { name: release, revision: '4', status: 'deployed', chart: 'web-0.1.0' },
    ]);
    expect(await helm('status', release)).toMatch(/^STATUS: deployed$/m);
  });

  it('uninstall --wait', async () => {
    expect(await helm('uninstall', release, '--wait')).toBe(`release "${release}" uninstalled\n`);
    expect(await kubectl('get', 'deployment,service,configmap', release, '--ignore-not-found')).toBe('');
    await until('its pods to go', async () => (await kubectl('get', 'pods', '-l', `app=${release}`)) === '');
    expect(JSON.parse(await helm('list', '-A', '-o', 'json'))).toEqual([]);
  });
});
