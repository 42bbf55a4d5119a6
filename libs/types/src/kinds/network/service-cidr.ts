import type { ServiceCIDR } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { checkCidr, networkOf, parseCidr } from '../../validation/cidr.ts';
import { checked, each, type Faults, immutable, invalidValue, required } from '../../validation/faults.ts';

const FIELD = 'spec.cidrs';
const MAX_CIDRS = 2;

export const serviceCidrKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  scope: 'Cluster',
  schema: 'V1ServiceCIDR',
  subresources: [{ name: 'status' }],
  generation: false,
  columns: [
    {
      name: 'CIDRs',
      description:
        'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs.',
      value: ({ spec }) => (spec.cidrs ?? []).join(','),
    },
  ],
  prepareForCreate(draft) {
    draft.status = {};
  },
  validate: ({ spec }) => validateCidrs(spec.cidrs ?? []),
  validateUpdate: ({ spec: { cidrs: next = [] } }, { spec: { cidrs: prev = [] } }) => {
    const isGrown = prev.length === 1 && next.length === 2; // to dual stack
    if (!isGrown && next.length !== prev.length) return immutable(FIELD, true, next);
    return prev.flatMap((cidr, at) => immutable(`${FIELD}[${at}]`, next[at] !== cidr, next[at]));
  },
});

function validateCidrs(cidrs: readonly string[]): Faults {
  if (cidrs.length === 0) return required(FIELD, 'at least one CIDR required');
  if (cidrs.length > MAX_CIDRS) return invalidValue(FIELD, { cidrs }, 'may only hold up to 2 values');
  const [first, second] = cidrs.map(parseCidr);
  return [
    ...each(cidrs, FIELD, (cidr, field) => [...checked(field, cidr, checkCidr), ...checked(field, cidr, checkHostBits)]),
    ...(first && second && first.family === second.family
      ? invalidValue(FIELD, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64')
      : []),
  ];
}

function checkHostBits(text: string): readonly string[] {
  const cidr = parseCidr(text);
  return cidr && networkOf(cidr) !== cidr.value ? ['must not have bits set beyond the prefix length'] : [];
}
