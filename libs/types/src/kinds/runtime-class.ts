import { checkLabelName } from '@steersman/labels';
import type { RuntimeClass } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { checked, immutable, required } from '../validation/faults.ts';
import { validateLabels } from '../validation/labels.ts';

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  scope: 'Cluster',
  schema: 'V1RuntimeClass',
  columns: [
    {
      name: 'Handler',
      description:
        'handler specifies the underlying runtime and configuration that the CRI implementation will use to handle pods of this class.',
      value: ({ handler }) => handler,
    },
  ],
  validate: ({ handler, scheduling }) => [
    ...(handler ? checked('handler', handler, checkLabelName) : required('handler')),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
  ],
  validateUpdate: (next, prev) => immutable('handler', next.handler !== prev.handler, next.handler),
});
