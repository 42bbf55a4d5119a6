import { execFileSync } from 'node:child_process';
import { forwardService } from '@steersman/endpoints';
import type { EndpointSlice, Service } from '@steersman/types';
import type { Dataplane } from './dataplane.ts';
import { iptablesDataplane, removeIptablesRules } from './iptables-dataplane.ts';
import { buildNetwork, CLUSTER_CIDRS, type Network, NODE_IP, WORLD_IP } from './testing/network.ts';
import { service, slice, who } from './testing/objects.ts';

const CLUSTER = 'proxy-test';
const VIP = '10.96.0.10';

let network: Network;
let dataplane: Dataplane;
beforeAll(async () => {
  network = await buildNetwork(`stm-pi-${process.pid}`);
  dataplane = await iptablesDataplane({ clusterName: CLUSTER, clusterCidrs: CLUSTER_CIDRS, within: network.inNode() });
}, 60_000);
afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
}, 60_000);

const serve = (given: Service, ...slices: EndpointSlice[]): Promise<void> => {
  const forwardings = forwardService(given, slices, { nodeName: 'n1', nodePortAddresses: [NODE_IP] });
  return dataplane.apply(new Map([['ns/web', forwardings]]), new AbortController().signal);
};

describe('iptablesDataplane', () => {
  it.each(['world', 'node', 'pod'] as const)('spreads connections over endpoints, from %s', async from => {
    const { a, b, c } = network.pods;
    await serve(service({}), slice([b, c]));
    const client = from === 'pod' ? a : network[from];
    expect(await who(() => client.ask(VIP, 80))).toBe('b,c');
  });

  it('moves traffic with each change, lets a pod reach itself, and refuses without endpoints', async () => {
    const { a, b } = network.pods;
    await serve(service({}), slice([b]));
    expect(await a.ask(VIP, 80)).toBe(`b ${a.ip}`);
    await serve(service({}), slice([a]));
    expect(await a.ask(VIP, 80)).toMatch(/^a /);
    await serve(service({}));
    expect(await a.ask(VIP, 80)).toBe('ECONNREFUSED');
    expect(await network.node.ask(VIP, 80)).toBe('ECONNREFUSED');
  });

  it('opens node ports, and keeps outside traffic on the node when told so', async () => {
    const { a, b, c } = network.pods;
    const spec = { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] };
    await serve(service(spec), slice([b, c]));
    expect(await who(() => network.world.ask(NODE_IP, 30_080))).toBe('b,c');
    await serve(service({ ...spec, externalTrafficPolicy: 'Local' }), slice([b, c]));
    expect(await network.world.ask(NODE_IP, 30_080)).toBe(`b ${WORLD_IP}`);
    expect(await who(() => a.ask(NODE_IP, 30_080))).toBe('b,c');
    await serve(service({ ...spec, externalTrafficPolicy: 'Local' }), slice([c]));
    expect(await network.world.ask(NODE_IP, 30_080)).toBe('silence');
  });

  it('opens load balancers to whom they are open, and keeps clients with their endpoints', async () => {
    const { b, c } = network.pods;
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } };
    const spec = { type: 'LoadBalancer', sessionAffinity: 'ClientIP', loadBalancerSourceRanges: [`${WORLD_IP}/32`] };
    await serve(service(spec, status), slice([b, c]));
    expect(await who(() => network.world.ask('203.0.113.5', 80))).toMatch(/^[bc]$/);
    await serve(service({ ...spec, loadBalancerSourceRanges: ['198.51.100.0/24'] }, status), slice([b, c]));
    expect(await network.world.ask('203.0.113.5', 80)).toBe('silence');
  });

  it('leaves nothing behind, and other rules alone', async () => {
    const run = (...words: string[]): string => {
      const [program = '', ...args] = network.inNode(...words);
      return execFileSync(program, args, { encoding: 'utf8' });
    };
    run('iptables', '-t', 'nat', '-A', 'PREROUTING', '-d', '192.0.2.77', '-j', 'ACCEPT');
    await serve(service({}), slice([network.pods.b]));
    await removeIptablesRules(CLUSTER, network.inNode());
    const left = run('iptables-save').split('\n');
    expect(left.filter(line => line.includes('STM-'))).toEqual([]);
    expect(left).toContain('-A PREROUTING -d 192.0.2.77/32 -j ACCEPT');
  });
});
