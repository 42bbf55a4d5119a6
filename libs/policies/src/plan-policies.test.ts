import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '@steersman/types';
import { mayPass } from './may-pass.ts';
import { planPolicies, type PolicyWorld } from './plan-policies.ts';
import { labels, namespace, pod, policy } from './test-builders.ts';

const NAMESPACES = ['x', 'y', 'z'];
const PODS = ['a', 'b', 'c'];
const KEYS = NAMESPACES.flatMap(ns => PODS.map(name => `${ns}/${name}`));
const IPS = new Map(KEYS.map(key => [key, `10.0.${NAMESPACES.indexOf(key[0] ?? '')}.${PODS.indexOf(key[2] ?? '') + 1}`]));
const ipOf = (key: string): string => IPS.get(key) ?? '';

/** Three namespaces of three pods each, as the network policy tests of Kubernetes have them. */
const world = (policies: readonly NetworkPolicy[], more: Partial<PolicyWorld> = {}): PolicyWorld => ({
  policies,
  pods: KEYS.map(key => pod(key, ipOf(key))),
  namespaces: NAMESPACES.map(name => namespace(name, { ns: name })),
  nodeName: 'n1',
  ...more,
});

const A = labels({ pod: 'a' });
const B = labels({ pod: 'b' });
const inNamespace = (ns: string) => labels({ ns });
const ingress = (from: NetworkPolicyPeer[], ports: NetworkPolicyPort[] = []): NetworkPolicySpec => ({
  policyTypes: ['Ingress'],
  podSelector: A,
  ingress: [{ from, ports }],
});
const egress = (to: NetworkPolicyPeer[], ports: NetworkPolicyPort[] = []): NetworkPolicySpec => ({
  policyTypes: ['Egress'],
  podSelector: A,
  egress: [{ to, ports }],
});

/** Whether `- x/* -> y/a` or the like speaks of two pods. */
function speaksOf(line: string, from: string, to: string): boolean {
  const [source = '', target = ''] = line.slice(2).split(' -> ');
  const matches = (pattern: string, key: string): boolean => {
    const [ns, name] = pattern.split('/');
    const [ownNs, ownName] = key.split('/');
    return (ns === '*' || ns === ownNs) && (name === '*' || name === ownName);
  };
  return matches(source, from) && matches(target, to);
}

/** Everything passes but what lines with - speak of; later lines win; pods always reach themselves. */
const expected = (lines: readonly string[], from: string, to: string): boolean =>
  from === to || (lines.findLast(line => speaksOf(line, from, to))?.startsWith('+') ?? true);

interface Row {
  readonly name: string;
  readonly policies: readonly NetworkPolicy[];
  readonly port?: number;
  readonly protocol?: string;
  readonly want: readonly string[];
}

const FROM_B = '+ x/b -> x/a';
const NOBODY = '- */* -> x/a';

const INGRESS: readonly Row[] = [
  { name: 'no policy', policies: [], want: [] },
  { name: 'deny all ingress', policies: [policy('x/deny', {})], want: ['- */* -> x/*'] },
  { name: 'deny all', policies: [policy('x/deny', { policyTypes: ['Ingress', 'Egress'] })], want: ['- */* -> x/*', '- x/* -> */*'] },
  { name: 'allow all', policies: [policy('x/all', { ingress: [{}] })], want: [] },
  { name: 'pods of its own namespace', policies: [policy('x/p', ingress([{ podSelector: B }]))], want: [NOBODY, FROM_B] },
  { name: 'all pods of its own namespace', policies: [policy('x/p', ingress([{ podSelector: {} }]))], want: [NOBODY, '+ x/* -> x/a'] },
  { name: 'all namespaces', policies: [policy('x/p', ingress([{ namespaceSelector: {} }]))], want: [] },
  {
    name: 'another namespace',
    policies: [policy('x/p', ingress([{ namespaceSelector: inNamespace('y') }]))],
    want: [NOBODY, '+ y/* -> x/a'],
  },
  {
    name: 'pods by expression',
    policies: [policy('x/p', ingress([{ podSelector: { matchExpressions: [{ key: 'pod', operator: 'In', values: ['b', 'nobody'] }] } }]))],
    want: [NOBODY, FROM_B],
  },
  {
    name: 'namespaces by expression',
    policies: [policy('x/p', ingress([{ namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'NotIn', values: ['x'] }] } }]))],
    want: [NOBODY, '+ y/* -> x/a', '+ z/* -> x/a'],
  },
  {
    name: 'pods or namespaces',
    policies: [policy('x/p', ingress([{ podSelector: B }, { namespaceSelector: inNamespace('y') }]))],
    want: [NOBODY, FROM_B, '+ y/* -> x/a'],
  },
  {
    name: 'pods of namespaces',
    policies: [policy('x/p', ingress([{ namespaceSelector: inNamespace('y'), podSelector: B }]))],
    want: [NOBODY, '+ y/b -> x/a'],
  },
  {
    name: 'a namespace by its own name',
    policies: [policy('x/p', ingress([{ namespaceSelector: labels({ 'kubernetes.io/metadata.name': 'z' }) }]))],
    want: [NOBODY, '+ z/* -> x/a'],
  },
  {
    name: 'a selector that nobody matches',
    policies: [policy('x/p', ingress([{ podSelector: labels({ pod: 'nobody' }) }]))],
    want: [NOBODY],
  },
  { name: 'a policy that selects nobody', policies: [policy('x/p', { podSelector: labels({ pod: 'nobody' }) })], want: [] },
  {
    name: 'two policies that add up',
    policies: [policy('x/p', ingress([{ podSelector: B }])), policy('x/q', ingress([{ namespaceSelector: inNamespace('z') }]))],
    want: [NOBODY, FROM_B, '+ z/* -> x/a'],
  },
  { name: 'deny all beside allow all', policies: [policy('x/deny', {}), policy('x/all', { ingress: [{}] })], want: [] },
];

const PORTS: readonly Row[] = [
  { name: 'that port', policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 80 }]))], want: [] },
  { name: 'another port', policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 80 }]))], port: 81, want: [NOBODY] },
  { name: 'another protocol', policies: [policy('x/p', ingress([], [{ protocol: 'UDP', port: 80 }]))], want: [NOBODY] },
  { name: 'SCTP, which is no TCP', policies: [policy('x/p', ingress([], [{ protocol: 'SCTP', port: 80 }]))], want: [NOBODY] },
  {
    name: 'any port of a protocol',
    policies: [policy('x/p', ingress([], [{ protocol: 'UDP' }]))],
    protocol: 'UDP',
    port: 12_345,
    want: [],
  },
  { name: 'no protocol for TCP', policies: [policy('x/p', ingress([], [{ port: 80 }]))], want: [] },
  { name: 'a port by name', policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 'serve-80-tcp' }]))], want: [] },
  {
    name: 'another port than the named one',
    policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 'serve-80-tcp' }]))],
    port: 81,
    want: [NOBODY],
  },
  {
    name: 'a name under another protocol',
    policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 'serve-80-udp' }]))],
    want: [NOBODY],
  },
  { name: 'a name that is not there', policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 'gone' }]))], want: [NOBODY] },
  {
    name: 'a port by name from a namespace',
    policies: [policy('x/p', ingress([{ namespaceSelector: inNamespace('y') }], [{ protocol: 'TCP', port: 'serve-80-tcp' }]))],
    want: [NOBODY, '+ y/* -> x/a'],
  },
  { name: 'a range of ports', policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 80, endPort: 81 }]))], port: 81, want: [] },
  { name: 'a port beyond a range', policies: [policy('x/p', ingress([], [{ protocol: 'TCP', port: 70, endPort: 79 }]))], want: [NOBODY] },
  {
    name: 'several ports',
    policies: [
      policy(
        'x/p',
        ingress(
          [],
          [
            { protocol: 'TCP', port: 'serve-81-tcp' },
            { protocol: 'TCP', port: 80 },
          ],
        ),
      ),
    ],
    port: 81,
    want: [],
  },
  {
    name: 'a second rule with another port',
    policies: [policy('x/p', { podSelector: A, ingress: [{ from: [{ podSelector: B }] }, { ports: [{ protocol: 'TCP', port: 81 }] }] })],
    want: [NOBODY, FROM_B],
  },
];

const EGRESS: readonly Row[] = [
  { name: 'deny from one pod', policies: [policy('x/p', { podSelector: A, policyTypes: ['Egress'] })], want: ['- x/a -> */*'] },
  { name: 'deny from a namespace', policies: [policy('x/p', { policyTypes: ['Egress'] })], want: ['- x/* -> */*'] },
  {
    name: 'allow all',
    policies: [policy('x/deny', { policyTypes: ['Egress'] }), policy('x/all', { policyTypes: ['Egress'], egress: [{}] })],
    want: [],
  },
  {
    name: 'to a namespace',
    policies: [policy('x/p', egress([{ namespaceSelector: inNamespace('y') }]))],
    want: ['- x/a -> */*', '+ x/a -> y/*'],
  },
  { name: 'to a port', policies: [policy('x/p', egress([], [{ protocol: 'TCP', port: 80 }]))], want: [] },
  { name: 'to another port', policies: [policy('x/p', egress([], [{ protocol: 'TCP', port: 81 }]))], want: ['- x/a -> */*'] },
  {
    name: 'to a range of ports',
    policies: [policy('x/p', egress([], [{ protocol: 'TCP', port: 32_768, endPort: 60_999 }]))],
    want: ['- x/a -> */*'],
  },
  { name: 'to a port by name', policies: [policy('x/p', egress([], [{ protocol: 'TCP', port: 'serve-80-tcp' }]))], want: [] },
  {
    name: 'to a port by name of some pods',
    policies: [
      policy('x/p', egress([{ namespaceSelector: inNamespace('z'), podSelector: B }], [{ protocol: 'TCP', port: 'serve-80-tcp' }])),
    ],
    want: ['- x/a -> */*', '+ x/a -> z/b'],
  },
  {
    name: 'to another port than the named one',
    policies: [policy('x/p', egress([], [{ protocol: 'TCP', port: 'serve-80-tcp' }]))],
    port: 81,
    want: ['- x/a -> */*'],
  },
  {
    name: 'ingress and egress of one policy',
    policies: [
      policy('x/p', {
        ...ingress([{ podSelector: B }]),
        ...egress([], [{ protocol: 'TCP', port: 80 }]),
        policyTypes: ['Ingress', 'Egress'],
      }),
    ],
    want: [NOBODY, FROM_B],
  },
  {
    name: 'egress rules of a policy that speaks of ingress only',
    policies: [policy('x/p', { ...egress([]), policyTypes: ['Ingress'] })],
    want: [NOBODY],
  },
  { name: 'rules alone, which speak of ingress too', policies: [policy('x/p', { podSelector: A, egress: [{}] })], want: [NOBODY] },
  {
    name: 'both ends, of which each must agree',
    policies: [policy('x/p', egress([{ namespaceSelector: inNamespace('y') }])), policy('y/deny', {})],
    want: ['- x/a -> */*', '- */* -> y/*'],
  },
  { name: 'to a block', policies: [policy('x/p', egress([{ ipBlock: { cidr: '10.0.1.0/24' } }]))], want: ['- x/a -> */*', '+ x/a -> y/*'] },
  {
    name: 'to a block with a hole',
    policies: [policy('x/p', egress([{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.1.2/32'] } }]))],
    want: ['- x/a -> y/b'],
  },
  {
    name: 'to what is in the hole of one block and in another block',
    policies: [
      policy('x/p', egress([{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.1.2/31'] } }])),
      policy('x/q', egress([{ ipBlock: { cidr: '10.0.1.2/32' } }])),
    ],
    want: ['- x/a -> y/c'],
  },
  {
    name: 'to a block by a named port, which it has none of',
    policies: [policy('x/p', egress([{ ipBlock: { cidr: '10.0.0.0/8' } }], [{ protocol: 'TCP', port: 'serve-80-tcp' }]))],
    want: ['- x/a -> */*'],
  },
];

describe('planPolicies', () => {
  it.each([
    ...INGRESS.map(row => ({ ...row, name: `ingress: ${row.name}` })),
    ...PORTS.map(row => ({ ...row, name: `ports: ${row.name}` })),
    ...EGRESS.map(row => ({ ...row, name: `egress: ${row.name}` })),
  ])('$name', ({ policies, port = 80, protocol = 'TCP', want }) => {
    const plan = planPolicies(world(policies));
    const wrong = KEYS.flatMap(from =>
      KEYS.flatMap(to => {
        const passes = mayPass(plan, { from: ipOf(from), to: ipOf(to), protocol, port });
        return passes === expected(want, from, to) ? [] : [`${from} -> ${to} ${passes ? 'passes' : 'is stopped'}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    { name: 'the world outside is in the block', cidr: '0.0.0.0/0', from: '192.0.2.1', want: true },
    { name: 'the world outside is in no block', cidr: '10.0.0.0/8', from: '192.0.2.1', want: false },
    { name: 'IPv6 is in no IPv4 block', cidr: '0.0.0.0/0', from: 'fd00::1', want: false },
  ])('$name', ({ cidr, from, want }) => {
    const plan = planPolicies(world([policy('x/p', ingress([{ ipBlock: { cidr } }]))]));
    expect(mayPass(plan, { from, to: ipOf('x/a'), protocol: 'TCP', port: 80 })).toBe(want);
  });

  it('plans for the pods of its node only, and knows those of others as peers', () => {
    const pods = [pod('x/a', '10.0.0.1'), pod('x/b', '10.0.0.2', { spec: { nodeName: 'n2' } })];
    const plan = planPolicies(world([policy('x/p', { ingress: [{ from: [{ podSelector: B }] }] })], { pods }));
    expect([...plan.pods.keys()]).toEqual(['x/a']);
    expect([...plan.sets.values()]).toEqual([{ kind: 'addresses', addresses: ['10.0.0.2'] }]);
  });

  it.each([
    { name: 'have ended', more: { status: { phase: 'Succeeded' } } },
    { name: "are in the node's network", more: { spec: { hostNetwork: true } } },
    { name: 'have no address yet', more: { status: { podIPs: [], podIP: '' } } },
  ])('leaves out pods that $name', ({ more }) => {
    const plan = planPolicies(
      world([policy('x/p', ingress([{ podSelector: {} }]))], { pods: [pod('x/a', '10.0.0.1'), pod('x/b', '10.0.0.2', more)] }),
    );
    expect([...plan.sets.values()]).toEqual([{ kind: 'addresses', addresses: ['10.0.0.1'] }]);
  });

  it('takes all addresses of a pod, and ports of its side cars', () => {
    const sidecar = { name: 'proxy', restartPolicy: 'Always', ports: [{ name: 'admin', containerPort: 9_901 }] };
    const pods = [
      pod('x/a', '10.0.0.1', { status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }, spec: { initContainers: [sidecar] } }),
      pod('x/b', '10.0.0.2'),
    ];
    const plan = planPolicies(world([policy('x/p', ingress([{ ipBlock: { cidr: 'fd00::/8' } }], [{ port: 'admin' }]))], { pods }));
    expect(mayPass(plan, { from: 'fd00::2', to: 'fd00::1', protocol: 'TCP', port: 9_901 })).toBe(true);
    expect(mayPass(plan, { from: '10.0.0.2', to: '10.0.0.1', protocol: 'TCP', port: 9_901 })).toBe(false);
  });

  it('shares profiles among pods, and sets among policies', () => {
    const from = [{ podSelector: labels({ role: 'client' }) }];
    const plan = planPolicies(
      world([policy('x/p', { ingress: [{ from }] }), policy('x/q', { ingress: [{ from, ports: [{ port: 80 }] }] })]),
    );
    expect([...plan.profiles.keys()]).toEqual(['ingress x/p+q']);
    expect([...plan.sets.keys()]).toEqual(['pods x {role=client}']);
  });

  it('keeps apart pods whose ports of that name differ', () => {
    const other = {
      containers: [{ name: 'serve', image: 'serve', ports: [{ name: 'serve-80-tcp', protocol: 'TCP', containerPort: 8_080 }] }],
    };
    const pods = [pod('x/a', '10.0.0.1'), pod('x/b', '10.0.0.2', { spec: other })];
    const plan = planPolicies(world([policy('x/p', { ingress: [{ ports: [{ port: 'serve-80-tcp' }] }] })], { pods }));
    expect([...plan.profiles.keys()]).toEqual(['ingress x/p serve-80-tcp=80/TCP', 'ingress x/p serve-80-tcp=8080/TCP']);
  });
});
