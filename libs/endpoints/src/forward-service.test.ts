import type { Endpoint, EndpointSlice, Service } from '@steersman/types';
import { forwardService, localEndpoints, type NodePlace } from './forward-service.ts';
import { type Forwarding, hostPort, type Route } from './forwarding.ts';

const PLACE: NodePlace = { nodeName: 'n1', zone: 'z1', nodePortAddresses: ['192.0.2.1', 'fd00::1'] };
const META = { namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

const service = (spec: Partial<Service['spec']> = {}, more: Partial<Service> = {}): Service => ({
  metadata: { name: 'web', ...META },
  spec: { clusterIP: '10.96.0.10', ports: [{ port: 80 }], ...spec },
  status: {},
  ...more,
});

interface Facts {
  readonly node?: string;
  readonly is?: 'ready' | 'starting' | 'leaving' | 'gone';
  readonly zones?: string[];
  readonly nodes?: string[];
}

const CONDITIONS = {
  ready: { ready: true, serving: true, terminating: false },
  starting: { ready: false, serving: false, terminating: false },
  leaving: { ready: false, serving: true, terminating: true },
  gone: { ready: false, serving: false, terminating: true },
};

const endpoint = (address: string, { node = 'n2', is = 'ready', zones, nodes }: Facts = {}): Endpoint => ({
  addresses: [address],
  nodeName: node,
  conditions: CONDITIONS[is],
  hints: {
    ...(zones && { forZones: zones.map(name => ({ name })) }),
    ...(nodes && { forNodes: nodes.map(name => ({ name })) }),
  },
});

const slice = (endpoints: Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  metadata: { name: 'web-1', ...META },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints,
  ...more,
});

/** `address:port/protocol > backends`, then what differs from a plain cluster IP; `*` marks backends of this node. */
const shown = (forwardings: readonly Forwarding[]): readonly string[] =>
  forwardings.map(forwarding => {
    const { address, port, protocol, route, fromOutside, masquerade, affinitySeconds, sources } = forwarding;
    return [
      `${hostPort(address, port)}/${protocol} > ${routeText(route)}`,
      ...(fromOutside ? [`outside > ${routeText(fromOutside)}`] : []),
      ...(masquerade ? ['masquerade'] : []),
      ...(affinitySeconds !== undefined ? [`stay ${affinitySeconds}`] : []),
      ...(sources ? [`from ${sources.join('+')}`] : []),
    ].join(', ');
  });
const routeText = ({ backends, otherwise }: Route): string =>
  backends.map(({ address, port, local }) => `${hostPort(address, port)}${local ? '*' : ''}`).join('+') || otherwise;

const two = slice([endpoint('10.1.0.2', { node: 'n1' }), endpoint('10.1.1.2')]);
const remote = slice([endpoint('10.1.1.2')]);

describe('forwardService', () => {
  it.each<{ name: string; service: Service; slices: EndpointSlice[]; want: string[] }>([
    { name: 'a cluster IP', service: service(), slices: [two], want: ['10.96.0.10:80/tcp > 10.1.0.2:8080*+10.1.1.2:8080'] },
    { name: 'a service without endpoints', service: service(), slices: [], want: ['10.96.0.10:80/tcp > refuse'] },
    { name: 'no headless service', service: service({ clusterIP: 'None' }), slices: [two], want: [] },
    { name: 'no service that has no address yet', service: service({ clusterIP: '' }), slices: [two], want: [] },
    { name: 'no external name', service: service({ type: 'ExternalName', externalName: 'example.com' }), slices: [], want: [] },
    {
      name: 'no service of another proxy',
      service: service({}, { metadata: { name: 'web', ...META, labels: { 'service.kubernetes.io/service-proxy-name': 'other' } } }),
      slices: [two],
      want: [],
    },
    {
      name: 'ports by name and protocol',
      service: service({
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
          { name: 'sctp', port: 99, protocol: 'SCTP' },
        ],
      }),
      slices: [
        slice([endpoint('10.1.1.2')], {
          ports: [
            { name: 'dns', port: 1053, protocol: 'UDP' },
            { name: 'dns-tcp', port: 2053, protocol: 'TCP' },
            { name: 'sctp', port: 1099, protocol: 'SCTP' },
          ],
        }),
      ],
      want: ['10.96.0.10:53/udp > 10.1.1.2:1053', '10.96.0.10:53/tcp > 10.1.1.2:2053', '10.96.0.10:99/sctp > 10.1.1.2:1099'],
    },
    {
      name: 'one row from several slices, each endpoint once',
      service: service(),
      slices: [slice([endpoint('10.1.1.3'), endpoint('10.1.1.2', { is: 'starting' })]), slice([endpoint('10.1.1.2')])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080+10.1.1.3:8080'],
    },
    {
      name: 'only what is ready',
      service: service(),
      slices: [slice([endpoint('10.1.1.2', { is: 'starting' }), endpoint('10.1.1.3'), endpoint('10.1.1.4', { is: 'leaving' })])],
      want: ['10.96.0.10:80/tcp > 10.1.1.3:8080'],
    },
    {
      name: 'what leaves but serves, when nothing else is left',
      service: service(),
      slices: [slice([endpoint('10.1.1.2', { is: 'leaving' }), endpoint('10.1.1.3', { is: 'gone' })])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080'],
    },
    {
      name: 'ready endpoints as the slice says, where pods that are not ready are published',
      service: service({ publishNotReadyAddresses: true }),
      slices: [slice([{ addresses: ['10.1.1.2'] }])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080'],
    },
    {
      name: 'endpoints for this zone',
      service: service(),
      slices: [slice([endpoint('10.1.1.2', { zones: ['z1'] }), endpoint('10.1.1.3', { zones: ['z2'] })])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080'],
    },
    {
      name: 'all endpoints when one has no hint',
      service: service(),
      slices: [slice([endpoint('10.1.1.2', { zones: ['z1'] }), endpoint('10.1.1.3')])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080+10.1.1.3:8080'],
    },
    {
      name: 'all endpoints when no hint is for this zone',
      service: service(),
      slices: [slice([endpoint('10.1.1.2', { zones: ['z3'] }), endpoint('10.1.1.3', { zones: ['z2'] })])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080+10.1.1.3:8080'],
    },
    {
      name: 'endpoints for this node before those for its zone',
      service: service(),
      slices: [slice([endpoint('10.1.1.2', { zones: ['z1'], nodes: ['n1'] }), endpoint('10.1.1.3', { zones: ['z1'], nodes: ['n2'] })])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080'],
    },
    {
      name: 'inside traffic that stays on the node',
      service: service({ internalTrafficPolicy: 'Local' }),
      slices: [two],
      want: ['10.96.0.10:80/tcp > 10.1.0.2:8080*'],
    },
    {
      name: 'inside traffic that cannot stay on the node',
      service: service({ internalTrafficPolicy: 'Local' }),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > drop'],
    },
    {
      name: 'node ports on the addresses of the families of the service',
      service: service({ type: 'NodePort', ipFamilies: ['IPv4'], ports: [{ port: 80, nodePort: 30_080 }] }),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080', '192.0.2.1:30080/tcp > 10.1.1.2:8080, masquerade'],
    },
    {
      name: 'outside traffic that stays on the node, and keeps its address',
      service: service({ type: 'NodePort', externalTrafficPolicy: 'Local', ipFamilies: ['IPv4'], ports: [{ port: 80, nodePort: 30_080 }] }),
      slices: [two],
      want: [
        '10.96.0.10:80/tcp > 10.1.0.2:8080*+10.1.1.2:8080',
        '192.0.2.1:30080/tcp > 10.1.0.2:8080*+10.1.1.2:8080, outside > 10.1.0.2:8080*',
      ],
    },
    {
      name: 'outside traffic that cannot stay on the node',
      service: service({ externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.1'] }),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080', '203.0.113.1:80/tcp > 10.1.1.2:8080, outside > drop'],
    },
    {
      name: 'outside traffic that stays on the node, to what leaves it, while others are ready elsewhere',
      service: service({ externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.1'] }),
      slices: [slice([endpoint('10.1.0.2', { node: 'n1', is: 'leaving' }), endpoint('10.1.1.2')])],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080', '203.0.113.1:80/tcp > 10.1.1.2:8080, outside > 10.1.0.2:8080*'],
    },
    {
      name: 'load balancers by virtual address, and whom they are open to',
      service: service(
        { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.7/24', ' 198.51.100.128/25', '203.0.113.9/32', 'fd00::/8'] },
        { status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }, { ip: '203.0.113.6', ipMode: 'Proxy' }, { hostname: 'lb' }] } } },
      ),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080', '203.0.113.5:80/tcp > 10.1.1.2:8080, masquerade, from 198.51.100.0/24+203.0.113.9'],
    },
    {
      name: 'a load balancer that is open to all',
      service: service(
        { type: 'LoadBalancer', loadBalancerSourceRanges: ['0.0.0.0/0'] },
        { status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } } },
      ),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080', '203.0.113.5:80/tcp > 10.1.1.2:8080, masquerade'],
    },
    {
      name: "clients that stay, for upstream's three hours",
      service: service({ sessionAffinity: 'ClientIP' }),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080, stay 10800'],
    },
    {
      name: 'clients that stay as long as told',
      service: service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }),
      slices: [remote],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080, stay 60'],
    },
    {
      name: 'both families, in one spelling',
      service: service({ clusterIPs: ['10.96.0.10', 'FD00:96:0::0010'] }),
      slices: [
        remote,
        slice([endpoint('fd00:10:0:0::2')], { addressType: 'IPv6' }),
        slice([endpoint('example.com')], { addressType: 'FQDN' }),
      ],
      want: ['10.96.0.10:80/tcp > 10.1.1.2:8080', '[fd00:96::10]:80/tcp > [fd00:10::2]:8080'],
    },
  ])('forwards $name', ({ service: given, slices, want }) => {
    expect(shown(forwardService(given, slices, PLACE))).toEqual(want);
  });
});

describe('localEndpoints', () => {
  const balanced = service({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32_000 });
  it.each<{ name: string; service: Service; want: number | undefined }>([
    { name: 'counts those of the node', service: balanced, want: 1 },
    { name: 'is undefined without a health-check port', service: service(), want: undefined },
  ])('$name', ({ service: given, want }) => {
    expect(localEndpoints(given, [two], PLACE)).toBe(want);
  });
});
