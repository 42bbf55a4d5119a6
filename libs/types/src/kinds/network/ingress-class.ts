import { checkLabelName } from '@steersman/labels';
import type { IngressClass, IngressClassParametersReference } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { domainPrefixedPath } from '../../validation/domain-prefixed-path.ts';
import { checked, type Faults, forbidden, immutable, oneOf, required, tooLong } from '../../validation/faults.ts';
import { validateReference } from './ingress-validation.ts';

const MAX_CONTROLLER_BYTES = 250;

function parametersText({ spec: { parameters } }: IngressClass): string {
  if (!parameters) return '<none>';
  const { kind, apiGroup, name } = parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'Cluster',
  schema: 'V1IngressClass',
  generation: true,
  columns: [
    {
      name: 'Controller',
      description: 'Controller that is responsible for handling matching ingress resources',
      value: ({ spec }) => spec.controller ?? '',
    },
    { name: 'Parameters', description: 'A reference to a resource with additional parameters', value: parametersText },
  ],
  defaults({ spec }) {
    if (spec.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: ({ spec: { controller, parameters } }) => [
    ...(controller ? validateController(controller) : required('spec.controller')),
    ...(parameters ? validateParameters(parameters, 'spec.parameters') : []),
  ],
  validateUpdate: (next, prev) => immutable('spec.controller', next.spec.controller !== prev.spec.controller, next.spec.controller),
});

const validateController = (controller: string): Faults => [
  ...(controller.length > MAX_CONTROLLER_BYTES ? tooLong('spec.controller', MAX_CONTROLLER_BYTES) : []),
  ...domainPrefixedPath('spec.controller', controller),
];

function validateParameters(parameters: IngressClassParametersReference, field: string): Faults {
  const { scope, namespace } = parameters;
  return [
    ...validateReference(parameters, field),
    ...oneOf(`${field}.scope`, scope, ['Cluster', 'Namespace']),
    ...(scope === 'Namespace' && namespace === undefined ? required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'") : []),
    ...(scope === 'Namespace' && namespace !== undefined ? checked(`${field}.namespace`, namespace, checkLabelName) : []),
    ...(scope === 'Cluster' && namespace !== undefined ? forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'") : []),
  ];
}
