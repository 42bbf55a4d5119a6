import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOX_IMAGE, type Containerd, startContainerd } from '@steersman/cri/testing';
import { applyPodTable, nftBy, removePodTable, setHostPorts, writeCniConfig } from './index.ts';

const NODE = `stm-node-${process.pid}`;
const WORLD = `stm-world-${process.pid}`;
const NODE_IP = '192.0.2.1';
const WORLD_IP = '192.0.2.2';
const CLUSTER = 'net-test';

const run = (command: string): string => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
const inside = (namespace: string, command: string): string => run(`ip netns exec ${namespace} ${command}`);
const nft = nftBy(['ip', 'netns', 'exec', NODE, 'nft']);

const cleanups: (() => unknown)[] = [];
let containerd: Containerd;
let podId: string;
let podIp: string;

/** Two namespaces joined by a cable; the world has no route to the pods. */
function buildNamespaces(): void {
  for (const namespace of [NODE, WORLD]) {
    run(`ip netns add ${namespace}`);
    cleanups.push(() => run(`ip netns del ${namespace}`));
    inside(namespace, 'ip link set lo up');
  }
  run(`ip -n ${NODE} link add up0 type veth peer name down0 netns ${WORLD}`);
  for (const [namespace, device, address] of [
    [NODE, 'up0', NODE_IP],
    [WORLD, 'down0', WORLD_IP],
  ] as const) {
    run(`ip -n ${namespace} address add ${address}/24 dev ${device} && ip -n ${namespace} link set ${device} up`);
  }
  inside(NODE, 'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1');
}

/** A server that tells each caller whom it sees. */
async function startMirror(namespace: string, address: string): Promise<void> {
  const script = `require('net').createServer(s => s.end(s.remoteAddress)).listen(9000, '${address}', () => console.log('up'))`;
  const mirror = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(async () => {
    mirror.kill();
    await once(mirror, 'exit');
  });
  await once(mirror.stdout, 'data');
}

async function startPod(folder: string): Promise<void> {
  const sandboxConfig = {
    metadata: { name: 'p', uid: 'u', namespace: 'ns', attempt: 0 },
    logDirectory: folder,
    linux: { cgroupParent: containerd.cgroupParent },
  };
  const sandbox = await containerd.cri.runPodSandbox(sandboxConfig, '');
  podIp = (await containerd.cri.podSandboxStatus(sandbox)).network?.ip ?? '';
  const command = ['/bin/sh', '-c', 'echo served > /tmp/index.html; exec httpd -f -p 8080 -h /tmp'];
  const config = { metadata: { name: 'c', attempt: 0 }, image: { image: BOX_IMAGE }, command };
  podId = await containerd.cri.createContainer(sandbox, config, sandboxConfig);
  await containerd.cri.startContainer(podId);
}

const inPod = async (...command: string[]): Promise<string> =>
  (await containerd.cri.execSync(podId, ['/bin/busybox', ...command], 10)).stdout.toString('utf8').trim();

beforeAll(async () => {
  buildNamespaces();
  await startMirror(WORLD, WORLD_IP);
  await startMirror(NODE, '127.0.0.1');
  const folder = mkdtempSync(join(tmpdir(), 'steersman-net-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const [confDir, stateDir] = [join(folder, 'conf'), join(folder, 'state')];
  await writeCniConfig({ cluster: CLUSTER, confDir, stateDir, podCidrs: ['10.99.0.0/24'], mtu: 1400 });
  await applyPodTable(nft, { cluster: CLUSTER, podCidrs: ['10.99.0.0/24'] });
  containerd = await startContainerd({ netns: NODE, cniConfDir: confDir });
  cleanups.push(() => containerd[Symbol.asyncDispose]());
  await startPod(folder);
}, 60_000);
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
}, 60_000);

/** What a server answers, or the code of the failure. */
const ask = (namespace: string, host: string, port: number): string => {
  const script = `const s = require('net').connect({ host: '${host}', port: ${port} }, () => s.write('GET / HTTP/1.0\\r\\n\\r\\n'));
    s.setTimeout(1000, () => s.destroy(new Error('timed out')));
    s.on('error', err => console.log(err.code ?? err.message));
    s.on('data', data => console.log(data.toString().split('\\r\\n\\r\\n').at(-1)));`;
  return execFileSync('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], { encoding: 'utf8' }).trim();
};

describe('the pod network', () => {
  it('gives a pod an address of the range and the MTU asked for', async () => {
    expect(podIp).toMatch(/^10\.99\.0\.\d+$/);
    expect(await inPod('cat', '/sys/class/net/eth0/mtu')).toBe('1400');
  });

  it('hides pods behind the node', async () => {
    expect(await inPod('nc', WORLD_IP, '9000')).toBe(NODE_IP);
  });

  it('opens host ports to the world, to the node and to the pod itself', async () => {
    const port = { protocol: 'TCP', podIp, containerPort: 8080 } as const;
    await setHostPorts(nft, CLUSTER, [
      { ...port, hostPort: 8000 },
      { ...port, hostPort: 8001, hostIp: NODE_IP },
    ]);
    expect(ask(WORLD, NODE_IP, 8000)).toBe('served');
    expect(ask(WORLD, NODE_IP, 8001)).toBe('served');
    expect(ask(NODE, '127.0.0.1', 8000)).toBe('served');
    expect(ask(NODE, '127.0.0.1', 8001)).toBe('ECONNREFUSED');
    expect(await inPod('wget', '-qO-', `http://${NODE_IP}:8000/`)).toBe('served');
  });

  it('keeps host ports when the table is applied again, and closes those no longer set', async () => {
    await applyPodTable(nft, { cluster: CLUSTER, podCidrs: ['10.99.0.0/24'] });
    expect(ask(WORLD, NODE_IP, 8000)).toBe('served');
    await setHostPorts(nft, CLUSTER, []);
    expect(ask(WORLD, NODE_IP, 8000)).toBe('ECONNREFUSED');
  });

  it('does not open the loopback of the node to its neighbours', async () => {
    inside(WORLD, 'sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.down0.rp_filter=0 net.ipv4.conf.all.rp_filter=0');
    inside(WORLD, `ip route add 127.0.0.1 via ${NODE_IP} table 7`);
    inside(WORLD, 'ip rule add pref 1 table local');
    inside(WORLD, 'ip rule add to 127.0.0.1 table 7 pref 0');
    inside(WORLD, 'ip rule del pref 0 table local');
    expect(ask(WORLD, '127.0.0.1', 9000)).toBe('timed out');
    expect(ask(NODE, '127.0.0.1', 9000)).toBe('127.0.0.1');
  });

  it('removes its table, also when there is none', async () => {
    await removePodTable(nft, CLUSTER);
    await removePodTable(nft, CLUSTER);
    expect(inside(NODE, 'nft list ruleset')).toBe('');
  });

  it('says what nft complains about, and changes nothing', async () => {
    await expect(nft('table inet kept { }\nadd rule inet absent chain1 drop\n')).rejects.toThrow('No such file or directory');
    expect(inside(NODE, 'nft list ruleset')).toBe('');
  });
});
