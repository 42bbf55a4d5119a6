import type { Lease } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { invalidValue } from '../validation/faults.ts';

export const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  schema: 'V1Lease',
  columns: [
    {
      name: 'Holder',
      description: 'holderIdentity contains the identity of the holder of a current lease.',
      value: ({ spec }) => spec.holderIdentity ?? '',
    },
  ],
  validate({ spec: { leaseDurationSeconds, leaseTransitions } }) {
    return [
      ...(leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0
        ? invalidValue('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')
        : []),
      ...(leaseTransitions !== undefined && leaseTransitions < 0
        ? invalidValue('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0')
        : []),
    ];
  },
});
