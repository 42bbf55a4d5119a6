import { checkLabelName } from '@steersman/labels';
import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import {
  checked,
  duplicate,
  each,
  type Faults,
  immutable,
  invalidValue,
  oneOf,
  portNumber,
  required,
  tooMany,
} from '../validation/faults.ts';
import { checkIp, isIpv4, isIpv6 } from '../validation/ip.ts';

const SHOWN = 3;
const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

function shortened(items: readonly string[]): string {
  if (items.length > SHOWN) return `${items.slice(0, SHOWN).join(',')} + ${items.length - SHOWN} more...`;
  return items.join(',') || '<unset>';
}

const portText = ({ port, name }: DiscoveryEndpointPort): string => (port === undefined ? name || '*' : String(port));

export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  schema: 'V1EndpointSlice',
  generation: true,
  columns: [
    {
      name: 'AddressType',
      description: 'addressType specifies the type of address carried by this EndpointSlice.',
      value: ({ addressType }) => addressType,
    },
    {
      name: 'Ports',
      description: 'ports specifies the list of network ports exposed by each endpoint in this slice.',
      value: ({ ports }) => shortened((ports ?? []).map(portText)),
    },
    {
      name: 'Endpoints',
      description: 'endpoints is a list of unique endpoints in this slice.',
      value: ({ endpoints }) => shortened((endpoints ?? []).flatMap(({ addresses }) => addresses)),
    },
  ],
  defaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate: ({ addressType, endpoints, ports }) => [
    ...(addressType ? oneOf('addressType', addressType, ['FQDN', 'IPv4', 'IPv6']) : required('addressType')),
    ...tooMany('endpoints', (endpoints ?? []).length, MAX_ENDPOINTS),
    ...each(endpoints, 'endpoints', (endpoint, field) => validateEndpoint(endpoint, addressType, field)),
    ...validatePorts(ports),
  ],
  validateUpdate: (next, prev) => immutable('addressType', next.addressType !== prev.addressType, next.addressType),
});

function validateEndpoint({ addresses, hostname }: Endpoint, addressType: string, field: string): Faults {
  return [
    ...((addresses ?? []).length === 0 ? required(`${field}.addresses`, 'must contain at least 1 address') : []),
    ...tooMany(`${field}.addresses`, (addresses ?? []).length, MAX_ADDRESSES),
    ...each(addresses, `${field}.addresses`, (address, path) => validateAddress(address, addressType, path)),
    ...(hostname === undefined ? [] : checked(`${field}.hostname`, hostname, checkLabelName)),
  ];
}

function validateAddress(address: string, addressType: string, field: string): Faults {
  if (addressType === 'FQDN') return [];
  const faults = checked(field, address, checkIp);
  if (faults.length > 0) return faults;
  if (addressType === 'IPv4' && !isIpv4(address)) return invalidValue(field, address, 'must be an IPv4 address');
  return addressType === 'IPv6' && !isIpv6(address) ? invalidValue(field, address, 'must be an IPv6 address') : [];
}

/** Names are unique, the empty one as well. */
function validatePorts(ports: readonly DiscoveryEndpointPort[] | undefined): Faults {
  const names = new Set<string>();
  return [
    ...tooMany('ports', (ports ?? []).length, MAX_PORTS),
    ...each(ports, 'ports', ({ name = '', port, protocol }, field) => {
      const isTaken = names.has(name);
      names.add(name);
      return [
        ...(isTaken ? duplicate(`${field}.name`, name) : []),
        ...(name ? checked(`${field}.name`, name, checkLabelName) : []),
        ...(port === undefined ? [] : portNumber(`${field}.port`, port)),
        ...oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
      ];
    }),
  ];
}
