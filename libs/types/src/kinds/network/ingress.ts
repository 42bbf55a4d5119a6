import type { Ingress, IngressRule } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { validateIngressSpec, validateIngressStatus } from './ingress-validation.ts';

const SHOWN_HOSTS = 3;
/** Longer lists of addresses are cut by `kubectl get`. */
const ADDRESS_WIDTH = 16;

function hostsText(rules: readonly IngressRule[] = []): string {
  const hosts = rules.slice(0, SHOWN_HOSTS).flatMap(({ host }) => host || []);
  if (hosts.length === 0) return '*';
  return `${hosts.join(',')}${rules.length > SHOWN_HOSTS ? ` + ${rules.length - SHOWN_HOSTS} more...` : ''}`;
}

function addressText({ status }: Ingress): string {
  const text = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || []).join(',');
  return text.length > ADDRESS_WIDTH ? `${text.slice(0, ADDRESS_WIDTH - 3)}...` : text;
}

export const ingressKind = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  scope: 'Namespaced',
  schema: 'V1Ingress',
  subresources: [{ name: 'status' }],
  columns: [
    {
      name: 'Class',
      description: 'The name of the IngressClass resource that should be used for additional configuration',
      value: ({ spec }) => spec.ingressClassName ?? '<none>',
    },
    {
      name: 'Hosts',
      description: 'Hosts that incoming requests are matched against before the ingress rule',
      value: ({ spec }) => hostsText(spec.rules),
    },
    { name: 'Address', description: 'Address is a list containing ingress points for the load-balancer', value: addressText },
    {
      name: 'Ports',
      description: 'Ports of TLS configurations that open',
      value: ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80'),
    },
  ],
  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
  },
  validate: ({ spec }) => validateIngressSpec(spec),
  validateStatus: ({ status }) => validateIngressStatus(status),
});
