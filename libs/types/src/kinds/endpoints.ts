import type { Endpoints, EndpointSubset } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { each, oneOf, portNumber, required } from '../validation/faults.ts';

const SHOWN = 3;

function format(subsets: readonly EndpointSubset[] | undefined): string {
  const all = (subsets ?? []).flatMap(({ addresses = [], ports }) =>
    ports
      ? ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`))
      : addresses.map(({ ip }) => ip),
  );
  if (all.length === 0) return '<none>';
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(',')} + ${all.length - SHOWN} more...` : all.join(',');
}

export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  schema: 'V1Endpoints',
  generation: false,
  columns: [
    { name: 'Endpoints', description: 'IP addresses and ports that the service is made of.', value: ({ subsets }) => format(subsets) },
  ],
  defaults(draft) {
    for (const port of draft.subsets?.flatMap(({ ports }) => ports ?? []) ?? []) port.protocol ??= 'TCP';
  },
  validate: ({ subsets }) =>
    each(subsets, 'subsets', ({ addresses = [], notReadyAddresses = [], ports }, field) => [
      ...(addresses.length + notReadyAddresses.length === 0 ? required(field, 'must specify `addresses` or `notReadyAddresses`') : []),
      ...each([...addresses, ...notReadyAddresses], `${field}.addresses`, ({ ip }, path) => (ip ? [] : required(`${path}.ip`))),
      ...each(ports, `${field}.ports`, ({ name, port, protocol }, path) => [
        ...((ports?.length ?? 0) > 1 && !name ? required(`${path}.name`) : []),
        ...portNumber(`${path}.port`, port),
        ...oneOf(`${path}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']),
      ]),
    ]),
});
