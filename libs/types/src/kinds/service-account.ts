import type { ServiceAccount } from '../gen/types.ts';
import { defineKind } from '../kind.ts';

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  scope: 'Namespaced',
  schema: 'V1ServiceAccount',
  subresources: [
    {
      name: 'token',
      answer: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', schema: 'AuthenticationV1TokenRequest' },
    },
  ],
  columns: [
    {
      name: 'Secrets',
      description: 'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use.',
      value: ({ secrets }) => String(secrets?.length ?? 0),
    },
  ],
});
