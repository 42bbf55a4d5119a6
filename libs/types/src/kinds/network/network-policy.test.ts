import { cellsOf, defaulted, faultsOf } from './judge.ts';
import { networkPolicyKind } from './network-policy.ts';

const PEER = { podSelector: { matchLabels: { app: 'web' } } };
const spec = (more: object): object => ({ spec: { podSelector: {}, ...more } });
const ingress = (port: object): object => spec({ ingress: [{ ports: [port] }] });
const egress = (peer: object): object => spec({ egress: [{ to: [peer] }] });
const NOT_A_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

describe('networkPolicyKind', () => {
  it.each([
    { name: 'nothing', given: {}, want: ['Ingress'] },
    { name: 'ingress rules', given: { ingress: [{}] }, want: ['Ingress'] },
    { name: 'egress rules', given: { egress: [{}] }, want: ['Ingress', 'Egress'] },
    { name: 'an empty list of egress rules', given: { egress: [] }, want: ['Ingress'] },
    { name: 'its types', given: { egress: [{}], policyTypes: ['Egress'] }, want: ['Egress'] },
  ])('takes its types from $name', ({ given, want }) => {
    expect(defaulted(networkPolicyKind, spec(given)).spec.policyTypes).toEqual(want);
  });

  it('takes a port without a protocol for TCP', () => {
    const { spec: got } = defaulted(
      networkPolicyKind,
      spec({ ingress: [{ ports: [{ port: 80 }] }], egress: [{ ports: [{ protocol: 'UDP' }] }] }),
    );
    expect([got.ingress?.[0]?.ports, got.egress?.[0]?.ports]).toEqual([[{ port: 80, protocol: 'TCP' }], [{ protocol: 'UDP' }]]);
  });

  it.each([
    { name: 'everything at once', fields: spec({ ingress: [{ from: [PEER], ports: [{ port: 'http' }, { port: 80, endPort: 90 }] }] }) },
    { name: 'a block with holes', fields: egress({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.1/32'] } }) },
    { name: 'IPv6', fields: egress({ ipBlock: { cidr: '::/0', except: ['fd00::/8'] } }) },
    { name: 'pods of namespaces', fields: egress({ namespaceSelector: {}, ...PEER }) },
  ])('accepts $name', ({ fields }) => {
    expect(faultsOf(networkPolicyKind, fields)).toEqual([]);
  });

  it.each([
    {
      name: 'an unknown protocol',
      fields: ingress({ protocol: 'ICMP' }),
      want: 'ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    },
    {
      name: 'a port out of range',
      fields: ingress({ port: 70_000 }),
      want: 'ingress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    },
    {
      name: 'a bad port name',
      fields: ingress({ port: 'Http' }),
      want: 'ingress[0].ports[0].port: Invalid value: "Http": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    },
    {
      name: 'a range that runs backwards',
      fields: ingress({ port: 90, endPort: 80 }),
      want: 'ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
    },
    {
      name: 'a range from a name',
      fields: ingress({ port: 'http', endPort: 80 }),
      want: 'ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is non-numeric',
    },
    {
      name: 'a range from nowhere',
      fields: ingress({ endPort: 80 }),
      want: 'ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is not specified',
    },
    { name: 'an empty peer', fields: egress({}), want: 'egress[0].to[0]: Required value: must specify a peer' },
    {
      name: 'two kinds of peer in one',
      fields: egress({ ...PEER, ipBlock: { cidr: '10.0.0.0/8' } }),
      want: 'egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer',
    },
    { name: 'a block without a range', fields: egress({ ipBlock: { cidr: '' } }), want: 'egress[0].to[0].ipBlock.cidr: Required value' },
    {
      name: 'a bad range',
      fields: egress({ ipBlock: { cidr: '10.0.0.0' } }),
      want: `egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.0": ${NOT_A_CIDR}`,
    },
    {
      name: 'a bad hole',
      fields: egress({ ipBlock: { cidr: '10.0.0.0/8', except: ['x'] } }),
      want: `egress[0].to[0].ipBlock.except[0]: Invalid value: "x": ${NOT_A_CIDR}`,
    },
    {
      name: 'a hole outside',
      fields: egress({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }),
      want: 'egress[0].to[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    },
    {
      name: 'a hole as large as all',
      fields: egress({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }),
      want: 'egress[0].to[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    },
    {
      name: 'a bad selector',
      fields: spec({ podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      want: "podSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    },
    {
      name: 'an unknown type',
      fields: spec({ policyTypes: ['Both'] }),
      want: 'policyTypes[0]: Unsupported value: "Both": supported values: "Egress", "Ingress"',
    },
    {
      name: 'too many types',
      fields: spec({ policyTypes: ['Egress', 'Egress', 'Egress'] }),
      want: 'policyTypes: Invalid value: ["Egress","Egress","Egress"]: may not specify more than two policyTypes',
    },
  ])('refuses $name', ({ fields, want }) => {
    expect(faultsOf(networkPolicyKind, fields)).toEqual([`spec.${want}`]);
  });

  it('prints its selector', () => {
    expect(cellsOf(networkPolicyKind, spec({}))).toEqual(['<none>']);
    expect(cellsOf(networkPolicyKind, spec(PEER))).toEqual(['app=web']);
  });
});
