import { execFileSync } from 'node:child_process';
import { ElementTable, type Forwarding, forwardingElements, forwardService, type NodePlace, readContents } from '@steersman/endpoints';
import { listTable } from '@steersman/net';
import { createLogger } from '@steersman/telemetry';
import type { EndpointSlice, Key, Service } from '@steersman/types';
import type { Dataplane } from './dataplane.ts';
import { nftDataplane, removeServiceRules } from './nft-dataplane.ts';
import { buildNetwork, CLUSTER_CIDRS, type Network, NODE_IP, WORLD_IP } from './testing/network.ts';
import { service, slice, type Spec, who } from './testing/objects.ts';

const CLUSTER = 'proxy-test';
const [VIP, VIP6, LB] = ['10.96.0.10', 'fd00:96::10', '203.0.113.5'];
const PLACE: NodePlace = { nodeName: 'n1', nodePortAddresses: [NODE_IP, '127.0.0.1'] };

let network: Network;
let dataplane: Dataplane;
beforeAll(async () => {
  network = await buildNetwork(`stm-px-${process.pid}`);
  dataplane = start();
}, 60_000);
afterAll(async () => {
  await dataplane?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
}, 60_000);

const lines: string[] = [];
const log = createLogger({ app: 'proxy', write: line => lines.push(line) });
const start = (): Dataplane =>
  nftDataplane({
    clusterName: CLUSTER,
    clusterCidrs: CLUSTER_CIDRS,
    program: network.inNode('nft'),
    conntrack: { end: async () => {} },
    log,
  });

const apply = (forwardings: readonly Forwarding[], key: Key = 'ns/web'): Promise<void> =>
  dataplane.apply(new Map([[key, forwardings]]), new AbortController().signal);
const serve = (given: Service, ...slices: EndpointSlice[]): Promise<void> => apply(forwardService(given, slices, PLACE));

describe('nftDataplane', () => {
  it.each(['world', 'node', 'pod'] as const)('spreads connections to a cluster IP over its endpoints, from %s', async from => {
    const { a, b, c } = network.pods;
    await serve(service({}), slice([b, c]));
    const client = from === 'pod' ? a : network[from];
    expect(await who(() => client.ask(VIP, 80))).toBe('b,c');
  });

  it("shows endpoints the address of pods, and the node's for callers from outside", async () => {
    const { a, c } = network.pods;
    await serve(service({}), slice([c]));
    expect(await a.ask(VIP, 80)).toBe(`c ${a.ip}`);
    expect(await network.world.ask(VIP, 80)).toBe('c 10.244.0.1');
  });

  it('lets a pod reach itself', async () => {
    const { a } = network.pods;
    await serve(service({}), slice([a]));
    expect(await a.ask(VIP, 80)).toMatch(/^a /);
  });

  it('moves traffic with each change, and refuses when no endpoint is left or the port is none', async () => {
    const { a, b, c } = network.pods;
    await serve(service({}), slice([b]));
    expect(await who(() => a.ask(VIP, 80), 6)).toBe('b');
    await serve(service({}), slice([c]));
    expect(await who(() => a.ask(VIP, 80), 6)).toBe('c');
    expect(await a.ask(VIP, 81)).toBe('ECONNREFUSED');
    await serve(service({}));
    expect(await a.ask(VIP, 80)).toBe('ECONNREFUSED');
    expect(await network.node.ask(VIP, 80)).toBe('ECONNREFUSED');
    await serve(service({}), slice([b]));
    expect(await who(() => a.ask(VIP, 80), 6)).toBe('b');
  });

  it('forwards UDP, and refuses it', async () => {
    const { a, b } = network.pods;
    const udp = service({ ports: [{ port: 53, protocol: 'UDP' }] });
    await serve(udp, slice([b], { protocol: 'UDP' }));
    expect(await a.ask(VIP, 53, { protocol: 'udp' })).toBe(`b ${a.ip}`);
    await serve(udp);
    expect(await a.ask(VIP, 53, { protocol: 'udp' })).toBe('ECONNREFUSED');
  });

  it('forwards IPv6', async () => {
    const { a, b, c } = network.pods;
    const six = service({ clusterIP: VIP6, sessionAffinity: 'None' });
    await serve(six, slice([b, c], { v6: true }));
    expect(await who(() => a.ask(VIP6, 80))).toBe('b,c');
    expect(await who(() => network.world.ask(VIP6, 80))).toBe('b,c');
    expect(await b.ask(VIP6, 80)).toMatch(/^[bc] /);
    await serve({ ...six, spec: { ...six.spec, sessionAffinity: 'ClientIP' } }, slice([b, c], { v6: true }));
    expect(await who(() => a.ask(VIP6, 80))).toMatch(/^[bc]$/);
    await serve(six);
    expect(await a.ask(VIP6, 80)).toBe('ECONNREFUSED');
  });

  it('opens node ports on the addresses of the node', async () => {
    const { a, b, c } = network.pods;
    await serve(service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }), slice([b, c]));
    expect(await who(() => network.world.ask(NODE_IP, 30_080))).toBe('b,c');
    expect(await network.world.ask(NODE_IP, 30_080)).not.toContain(WORLD_IP);
    expect(await who(() => a.ask(NODE_IP, 30_080))).toBe('b,c');
    expect(await who(() => network.node.ask('127.0.0.1', 30_080))).toBe('b,c');
  });

  it('keeps outside traffic on the node and its address visible when told so, and lets pods go anywhere', async () => {
    const { a, b, c } = network.pods;
    const local = service({ type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30_080 }] });
    await serve(local, slice([b, c]));
    expect(await who(() => network.world.ask(NODE_IP, 30_080))).toBe('b');
    expect(await network.world.ask(NODE_IP, 30_080)).toBe(`b ${WORLD_IP}`);
    expect(await who(() => a.ask(NODE_IP, 30_080))).toBe('b,c');
    await serve(local, slice([c]));
    expect(await network.world.ask(NODE_IP, 30_080)).toBe('silence');
    expect(await a.ask(NODE_IP, 30_080)).toMatch(/^c /);
  });

  it('serves external and load-balancer addresses, these only to whom they are open', async () => {
    const { b } = network.pods;
    const spec: Spec = {
      type: 'LoadBalancer',
      externalIPs: ['203.0.113.6'],
      loadBalancerSourceRanges: [`${WORLD_IP}/32`, '198.51.100.0/24'],
    };
    const status = { loadBalancer: { ingress: [{ ip: LB }] } };
    await serve(service(spec, status), slice([b]));
    expect(await network.world.ask(LB, 80)).toMatch(/^b /);
    expect(await network.world.ask('203.0.113.6', 80)).toMatch(/^b /);
    await serve(service({ ...spec, loadBalancerSourceRanges: ['198.51.100.0/24'] }, status), slice([b]));
    expect(await network.world.ask(LB, 80)).toBe('silence');
    expect(await network.world.ask('203.0.113.6', 80)).toMatch(/^b /);
  });

  it('keeps a client with its endpoint, and gives it another when that goes', async () => {
    const { a, b, c } = network.pods;
    const sticky = service({ sessionAffinity: 'ClientIP' });
    await serve(sticky, slice([b, c]));
    const first = await who(() => a.ask(VIP, 80));
    expect(first).toMatch(/^[bc]$/);
    await serve(sticky, slice([first === 'b' ? c : b]));
    expect(await who(() => a.ask(VIP, 80), 6)).toBe(first === 'b' ? 'c' : 'b');
  });

  it('forgets a client that was quiet for the time told', async () => {
    const { a, b, c } = network.pods;
    await serve(service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } }), slice([b, c]));
    const list = (): string => {
      const [program = '', ...args] = network.inNode('nft', 'list', 'map', 'inet', `steersman-${CLUSTER}`, 'service-affinity-tcp-ip');
      return execFileSync(program, args, { encoding: 'utf8' });
    };
    await a.ask(VIP, 80);
    expect(list()).toContain(`${a.ip} . ${VIP}`);
    while (list().includes(`${a.ip} . ${VIP}`)) await new Promise(resolve => setImmediate(resolve));
  });

  it('reads back what it wrote, word for word', async () => {
    const { a, b, c } = network.pods;
    const ports = [
      { name: 'http', port: 80, nodePort: 30_080, protocol: 'TCP' },
      { name: 'dns', port: 53, nodePort: 30_053, protocol: 'UDP' },
      { name: 'sctp', port: 132, nodePort: 30_132, protocol: 'SCTP' },
    ];
    const all = service(
      {
        type: 'LoadBalancer',
        ports,
        clusterIPs: [VIP, VIP6],
        externalTrafficPolicy: 'Local',
        sessionAffinity: 'ClientIP',
        externalIPs: ['203.0.113.6', 'fd00:99::77'],
        loadBalancerSourceRanges: ['198.51.100.0/24', '203.0.113.1', 'fd00::/16'],
      },
      { loadBalancer: { ingress: [{ ip: LB }, { ip: 'fd00:98::1' }] } },
    );
    const slices = [false, true].map(v6 => ({
      ...slice([a, b, c], { v6 }),
      ports: ports.map(({ name, protocol }) => ({ name, protocol, port: 8080 })),
    }));
    const forwardings = forwardService(all, slices, PLACE);
    await apply(forwardings);
    const listing = await listTable(network.inNode('nft'), { kind: 'table', name: `steersman-${CLUSTER}` });
    const table = new ElementTable(readContents(listing).contents);
    const elements = forwardings.flatMap(forwarding => forwardingElements(forwarding, table.valueNow));
    table.set('ns/web', elements);
    expect(elements.length).toBeGreaterThan(100);
    expect(table.take()).toEqual([]);
  });

  it('leaves connections alone when it starts again, and repairs what others broke', async () => {
    const { a, b, c } = network.pods;
    await serve(service({}), slice([b, c]));
    const held = await a.open(VIP, 80);
    expect(held.answer).toMatch(/^[bc] /);
    await dataplane[Symbol.asyncDispose]();
    dataplane = start();
    await serve(service({}), slice([b, c]));
    expect(await held.say()).toBe(held.answer);
    const [program = '', ...args] = network.inNode('nft', 'flush', 'map', 'inet', `steersman-${CLUSTER}`, 'service-route-ip');
    execFileSync(program, args);
    dataplane.doubt();
    await dataplane.apply(new Map(), new AbortController().signal);
    expect(await who(() => a.ask(VIP, 80))).toBe('b,c');
    expect(await held.say()).toBe(held.answer);
    await held.close();
  });

  it('makes all anew when another release has left maps of other types', async () => {
    const { a, b } = network.pods;
    await dataplane[Symbol.asyncDispose]();
    const nft = (...words: string[]): string => {
      const [program = '', ...args] = network.inNode('nft', ...words);
      return execFileSync(program, args, { encoding: 'utf8' });
    };
    nft('delete', 'table', 'inet', `steersman-${CLUSTER}`);
    nft('add', 'table', 'inet', `steersman-${CLUSTER}`);
    nft('add', 'set', 'inet', `steersman-${CLUSTER}`, 'service-address-ip', '{ type inet_service ; }');
    dataplane = start();
    await expect(serve(service({}), slice([b]))).rejects.toThrow('nft refused the rules');
    await serve(service({}), slice([b]));
    expect(await a.ask(VIP, 80)).toMatch(/^b /);
  });

  it('goes without a trace, and leaves what others have in the table and beside it', async () => {
    const { b } = network.pods;
    const nft = (...words: string[]): string => {
      const [program = '', ...args] = network.inNode('nft', ...words);
      return execFileSync(program, args, { encoding: 'utf8' });
    };
    nft('add', 'table', 'inet', 'foreign');
    nft('add', 'chain', 'inet', `steersman-${CLUSTER}`, 'host-port');
    await serve(service({ sessionAffinity: 'ClientIP' }), slice([b]));
    await dataplane[Symbol.asyncDispose]();
    await removeServiceRules(CLUSTER, network.inNode('nft'));
    await removeServiceRules(CLUSTER, network.inNode('nft'));
    expect(nft('list', 'ruleset').replaceAll(/\s+/g, ' ').trim()).toBe(
      `table inet steersman-${CLUSTER} { chain host-port { } } table inet foreign { }`,
    );
  });

  it('takes the table with it when nobody else uses it', async () => {
    const [program = '', ...args] = network.inNode('nft');
    execFileSync(program, [...args, 'delete', 'table', 'inet', `steersman-${CLUSTER}`]);
    dataplane = start();
    await serve(service({}), slice([network.pods.b]));
    await removeServiceRules(CLUSTER, network.inNode('nft'));
    expect(execFileSync(program, [...args, 'list', 'tables'], { encoding: 'utf8' })).toBe('table inet foreign\n');
  });
});
