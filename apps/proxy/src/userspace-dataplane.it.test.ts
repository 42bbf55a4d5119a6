import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { forwardService } from '@steersman/endpoints';
import type { EndpointSlice, Service } from '@steersman/types';
import { buildNetwork, type Held, type Network, NODE_IP } from './testing/network.ts';
import { service, slice, who } from './testing/objects.ts';

const VIP = '10.96.0.10';
/** Enough for the process itself and a few connections. */
const OPEN_FILES = 300;

let network: Network;
let child: ChildProcess;
let lines: Interface;
beforeAll(async () => {
  network = await buildNetwork(`stm-pu-${process.pid}`);
  const script = join(import.meta.dirname, 'testing/userspace-process.ts');
  const [program = '', ...args] = network.inNode('prlimit', `--nofile=${OPEN_FILES}`, process.execPath, script, 'test', NODE_IP);
  child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  if (!child.stdout) throw new Error('a process without output');
  lines = createInterface({ input: child.stdout });
}, 60_000);
afterAll(async () => {
  child?.stdin?.end();
  if (child?.exitCode === null) await once(child, 'exit');
  await network?.[Symbol.asyncDispose]();
}, 60_000);

async function serve(given: Service, ...slices: EndpointSlice[]): Promise<void> {
  const forwardings = forwardService(given, slices, { nodeName: 'n1', nodePortAddresses: [NODE_IP] });
  child.stdin?.write(`${JSON.stringify([['ns/web', forwardings]])}\n`);
  await once(lines, 'line');
}

describe('userspaceDataplane', () => {
  it.each(['world', 'node', 'pod'] as const)('takes endpoints in turn, from %s', async from => {
    const { a, b, c } = network.pods;
    await serve(service({}), slice([b, c]));
    const client = from === 'pod' ? a : network[from];
    const first = await who(() => client.ask(VIP, 80), 1);
    expect(await who(() => client.ask(VIP, 80), 1)).toBe(first === 'b' ? 'c' : 'b');
  });

  it('moves traffic with a change, and refuses without endpoints', async () => {
    const { a, b, c } = network.pods;
    await serve(service({}), slice([b, c]));
    const held = await a.open(VIP, 80);
    await serve(service({}), slice([a]));
    expect(await who(() => network.world.ask(VIP, 80), 4)).toBe('a');
    expect(await held.say()).toMatch(/^[bc] /);
    await serve(service({}));
    expect(await a.ask(VIP, 80)).toBe('ECONNREFUSED');
    expect(await held.say()).toMatch(/^[bc] /);
    await held.close();
  });

  it('opens node ports, keeps clients with their endpoints, and forwards UDP', async () => {
    const { b, c } = network.pods;
    await serve(service({ type: 'NodePort', sessionAffinity: 'ClientIP', ports: [{ port: 80, nodePort: 30_080 }] }), slice([b, c]));
    expect(await who(() => network.world.ask(NODE_IP, 30_080), 8)).toMatch(/^[bc]$/);
    await serve(service({ ports: [{ port: 53, protocol: 'UDP' }] }), slice([b, c], { protocol: 'UDP' }));
    expect(await who(() => network.world.ask(VIP, 53, { protocol: 'udp' }), 4)).toBe('b,c');
  });

  it('goes slower when descriptors run out, and recovers', async () => {
    const { a, b } = network.pods;
    await serve(service({}), slice([b]));
    // Those beyond the first few wait in the proxy; the agent says `silence` of them.
    const held: readonly Held[] = await Promise.all(Array.from({ length: 40 }, () => a.open(VIP, 80)));
    const served = held.filter(({ answer }) => answer.startsWith('b '));
    expect(served.length).toBeGreaterThan(0);
    expect(served.length).toBeLessThan(held.length);
    expect(await served[0]?.say()).toMatch(/^b /);
    await Promise.all(held.map(connection => connection.close()));
    expect(await who(() => a.ask(VIP, 80), 8)).toBe('b');
  }, 30_000);
});
