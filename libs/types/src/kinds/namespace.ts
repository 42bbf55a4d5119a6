import type { Namespace } from '../gen/types.ts';
import { defineKind } from '../kind.ts';

const FINALIZER = 'kubernetes';

export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  names: 'Label',
  schema: 'V1Namespace',
  subresources: [{ name: 'status' }, { name: 'finalize', part: { apply: finalize, updateOnly: true } }],
  columns: [{ name: 'Status', description: 'The status of the namespace', value: ({ status }) => status.phase ?? '' }],
  selectableFields: { 'status.phase': ({ status }) => status.phase ?? '' },
  generation: false,
  defaults(draft) {
    draft.metadata.labels = { ...draft.metadata.labels, 'kubernetes.io/metadata.name': draft.metadata.name };
  },
  prepareForCreate(draft) {
    draft.spec.finalizers = [...new Set([...(draft.spec.finalizers ?? []), FINALIZER])];
    draft.status = { phase: 'Active' };
  },
  prepareForUpdate(draft, prev) {
    draft.spec.finalizers = prev.spec.finalizers ?? [];
  },
  /** Its contents go first; the namespace controller then empties spec.finalizers. */
  pendingFinalizers: ({ spec }) => spec.finalizers ?? [],
  prepareForDeletion(draft) {
    draft.status.phase = 'Terminating';
  },
});

function finalize(draft: Namespace, { spec }: Namespace): void {
  draft.spec.finalizers = spec.finalizers ?? [];
}
