import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { checkCidr, cidrContains, parseCidr } from '../../validation/cidr.ts';
import {
  checked,
  checkPortName,
  each,
  type Faults,
  forbidden,
  invalidValue,
  oneOf,
  portNumber,
  required,
} from '../../validation/faults.ts';
import { validateLabelSelector } from '../../validation/labels.ts';
import { selectorText } from '../workload.ts';

const TYPES = ['Ingress', 'Egress'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  schema: 'V1NetworkPolicy',
  generation: true,
  columns: [
    {
      name: 'Pod-Selector',
      description: 'podSelector selects the pods to which this NetworkPolicy object applies.',
      value: ({ spec }) => selectorText(spec.podSelector) || '<none>',
    },
  ],
  defaults({ spec }) {
    spec.podSelector ??= {};
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports ?? []) port.protocol ??= 'TCP';
    if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = (spec.egress ?? []).length > 0 ? [...TYPES] : ['Ingress'];
  },
  validate: ({ spec }) => [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...each(spec.ingress, 'spec.ingress', ({ ports, from }, field) => [
      ...each(ports, `${field}.ports`, validatePort),
      ...each(from, `${field}.from`, validatePeer),
    ]),
    ...each(spec.egress, 'spec.egress', ({ ports, to }, field) => [
      ...each(ports, `${field}.ports`, validatePort),
      ...each(to, `${field}.to`, validatePeer),
    ]),
    ...validateTypes(spec.policyTypes ?? []),
  ],
});

const validateTypes = (types: readonly string[]): Faults =>
  types.length > TYPES.length
    ? invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')
    : each(types, 'spec.policyTypes', (type, field) => oneOf(field, type, TYPES));

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, field: string): Faults {
  return [
    ...(protocol === undefined ? [] : oneOf(`${field}.protocol`, protocol, PROTOCOLS)),
    ...(typeof port === 'number' ? portNumber(`${field}.port`, port) : []),
    ...(typeof port === 'string' ? checked(`${field}.port`, port, checkPortName) : []),
    ...(endPort === undefined ? [] : validateEndPort(port, endPort, `${field}.endPort`)),
  ];
}

function validateEndPort(port: number | string | undefined, endPort: number, field: string): Faults {
  if (port === undefined) return invalidValue(field, endPort, 'may not be specified when `port` is not specified');
  if (typeof port === 'string') return invalidValue(field, endPort, 'may not be specified when `port` is non-numeric');
  return [
    ...(endPort < port ? invalidValue(field, endPort, 'must be greater than or equal to `port`') : []),
    ...portNumber(field, endPort),
  ];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, field: string): Faults {
  if (!podSelector && !namespaceSelector && !ipBlock) return required(field, 'must specify a peer');
  return [
    ...validateLabelSelector(podSelector, `${field}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...(ipBlock ? validateIpBlock(ipBlock, `${field}.ipBlock`) : []),
    ...(ipBlock && (podSelector || namespaceSelector) ? forbidden(field, 'may not specify both ipBlock and another peer') : []),
  ];
}

function validateIpBlock({ cidr, except }: NonNullable<NetworkPolicyPeer['ipBlock']>, field: string): Faults {
  if (!cidr) return required(`${field}.cidr`);
  const whole = parseCidr(cidr);
  return [
    ...checked(`${field}.cidr`, cidr, checkCidr),
    ...each(except, `${field}.except`, (text, path) => {
      const part = parseCidr(text);
      if (!part || !whole) return checked(path, text, checkCidr);
      return cidrContains(whole, part) && part.prefix > whole.prefix ? [] : invalidValue(path, text, 'must be a strict subset of `cidr`');
    }),
  ];
}
