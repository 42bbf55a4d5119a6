import type { ControllerRevision } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { controllerOf } from '../meta.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { immutable, notNegative, required } from '../validation/faults.ts';

function ownerText(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (!owner) return '<none>';
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : '';
  return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`;
}

/** One state of a DaemonSet's or StatefulSet's template, kept so that it can be rolled back to. */
export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
  schema: 'V1ControllerRevision',
  columns: [
    { name: 'Controller', description: 'Controller of the object', value: ownerText },
    {
      name: 'Revision',
      type: 'integer',
      description: 'Revision indicates the revision of the state represented by Data.',
      value: ({ revision }) => revision,
    },
  ],
  validate: ({ data, revision }) => [
    ...(data === undefined || data === null ? required('data', 'data is mandatory') : []),
    ...notNegative('revision', revision),
  ],
  validateUpdate: (next, prev) => immutable('data', !jsonEquals(next.data, prev.data), next.data),
});
