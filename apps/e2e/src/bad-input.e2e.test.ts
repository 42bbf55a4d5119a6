import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAuthority, ensureCertificate } from '@steersman/pki';
import { Cluster, ROOT, steersman } from './cluster.ts';
import { leftovers, machine } from './machine.ts';
import { Session, shell } from './shell.ts';

describe('each app', () => {
  it.each(['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'proxy', 'dns'])('names every bad flag at once: %s', async app => {
    const args = [join(ROOT, 'apps', app, 'src/main.ts'), '--no-such-flag', '1', '--log-levl=debug', '--dry-rnu'];
    const { code, stderr } = await shell(process.execPath, args);
    expect(stderr).toMatch(/invalid configuration/);
    expect(stderr).toMatch(/--no-such-flag/);
    expect(stderr).toMatch(/--log-levl/);
    expect(stderr).toMatch(/--dry-rnu/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(64);
  });
});

describe('./steersman', () => {
  const started: Cluster[] = [];
  afterEach(async () => {
    for (const cluster of started.splice(0)) await cluster.remove().catch(() => {}); // a test that failed half way
  }, 120_000);
  const prepared = (name: string): Cluster => {
    const cluster = Cluster.prepare(name);
    started.push(cluster);
    return cluster;
  };

  it('makes one cluster of two `up` at once', async () => {
    const cluster = prepared('both');
    const [one, other] = await Promise.all([cluster.up(), cluster.up()]);
    expect([one, other].filter(said => said.includes('is running already'))).toHaveLength(1);
    const { items } = await cluster.json<{ items: readonly object[] }>(['get', 'nodes']);
    expect(items).toHaveLength(1);
  }, 180_000);

  it('goes on with an `up` that was interrupted half way, and takes down one that was', async () => {
    const before = machine();
    const cluster = prepared('half');
    expect(await interrupt(cluster)).toMatch(/What was started goes on/);
    expect(await cluster.up()).toMatch(/Ready/);
    await cluster.down();
    await interrupt(cluster);
    started.pop();
    await cluster.remove();
    expect(JSON.stringify(leftovers(before, machine()))).not.toContain(cluster.name);
    expect(existsSync(cluster.dataDir)).toBe(false);
  }, 180_000);

  it('says which store file is damaged and what to do, and leaves the file alone', async () => {
    const cluster = prepared('damaged');
    await cluster.up();
    await cluster.kubectl('1.35', ['create', 'configmap', 'kept']);
    await cluster.down();
    const file = join(cluster.dataDir, 'apiserver/data.mdb');
    const whole = readFileSync(file);
    const damaged = Buffer.from(whole).fill('damaged ', 0, 8_192);
    writeFileSync(file, damaged);
    const { code, stderr } = await steersman(['up', '--yes', '--name', cluster.name, '--data-dir', cluster.dataDir]);
    expect(code).toBe(1);
    expect(stderr).toContain(`store file ${file} cannot be used`);
    expect(stderr).toMatch(/move it away to start empty, or restore a backup/);
    expect(readFileSync(file).equals(damaged)).toBe(true);
    writeFileSync(file, whole);
    await cluster.up();
    expect(await cluster.kubectl('1.35', ['get', 'configmap', 'kept', '-o', 'name'])).toBe('configmap/kept\n');
  }, 180_000);

  it('makes certificates anew that have expired, and tells a client with an expired one', async () => {
    const cluster = prepared('expired');
    await cluster.up();
    await cluster.down();
    const pki = join(cluster.dataDir, 'pki');
    expire(pki, cluster.name);
    const [certificate, key] = ['crt', 'key'].map(end => join(cluster.scratch, `stale.${end}`));
    copyFileSync(join(pki, 'admin.crt'), certificate ?? '');
    copyFileSync(join(pki, 'admin.key'), key ?? '');
    expect(await cluster.up()).toContain(`${LEAVES.length} made`);
    expect(await cluster.kubectl('1.35', ['auth', 'can-i', 'list', 'nodes'])).toBe('yes\n');
    await cluster.kubectl('1.35', ['config', 'set-credentials', 'stale', `--client-certificate=${certificate}`, `--client-key=${key}`]);
    const { code, stderr } = await cluster.tryKubectl('1.35', ['get', 'nodes', '--user', 'stale']);
    expect(stderr).toMatch(/expired/);
    expect(code).toBe(1);
  }, 180_000);
});

/** Ctrl-C as soon as its first component is seen to be there. */
async function interrupt({ name, dataDir }: Cluster): Promise<string> {
  await using session = new Session(join(ROOT, 'steersman'), ['up', '--yes', '--name', name, '--data-dir', dataDir]);
  await session.heard('nats to be there', ({ stdout }) => /✓ nats/.test(stdout), 120_000);
  session.interrupt();
  const { code, stderr } = await session.finished();
  expect(code).toBe(130);
  return stderr;
}

const LEAVES = [
  { name: 'admin', use: 'client', commonName: 'admin', organizations: ['system:masters'] },
  { name: 'scheduler', use: 'client', commonName: 'system:kube-scheduler' },
  { name: 'nats', use: 'server', commonName: 'nats', dnsNames: ['localhost'], ips: ['127.0.0.1'] },
] as const;
const YEARS_MS = 2 * 365 * 24 * 60 * 60_000;

/** Puts certificates in their places that are over since long; the keys go with them. */
function expire(dir: string, cluster: string): void {
  const authority = ensureAuthority({ dir, cluster, now: new Date() });
  for (const leaf of LEAVES) ensureCertificate({ dir, cluster, now: new Date(Date.now() - YEARS_MS) }, authority, leaf);
}
