import { StatusError } from '@steersman/status';
import type { Binding, Pod, PodCondition } from '../../gen/types.ts';
import { defineKind, type WriteContext } from '../../kind.ts';
import type { ApiObject } from '../../meta.ts';
import { setEphemeralContainers, validateEphemeralContainers } from './ephemeral-containers.ts';
import { podColumns } from './pod-columns.ts';
import { podConnections } from './pod-connect.ts';
import { defaultPodOnly, defaultPodSpec } from './pod-defaults.ts';
import { qosClass } from './pod-qos.ts';
import { validatePodSpec, validatePodUpdate } from './pod-validation.ts';

export const podKind = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1Pod',
  columns: podColumns,
  subresources: [
    { name: 'status' },
    { name: 'binding', action: { group: '', version: 'v1', kind: 'Binding', schema: 'V1Binding', apply: bind } },
    {
      name: 'eviction',
      answer: { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'V1Eviction', formerVersions: ['v1beta1'] },
    },
    { name: 'ephemeralcontainers', part: { apply: setEphemeralContainers, validate: validateEphemeralContainers } },
    ...podConnections,
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status.phase ?? '',
    'status.podIP': ({ status }) => status.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
  },
  generation: true,
  /** A pod that no node has, or that has ended, has nothing to finish. */
  gracePeriodSeconds: ({ spec, status }) =>
    !spec.nodeName || status.phase === 'Succeeded' || status.phase === 'Failed' ? 0 : (spec.terminationGracePeriodSeconds ?? 30),
  defaults(draft) {
    draft.spec.containers ??= [];
    defaultPodSpec(draft.spec);
    defaultPodOnly(draft.spec);
  },
  prepareForCreate(draft) {
    draft.status = { phase: 'Pending', qosClass: qosClass(draft.spec) };
  },
  validate: ({ spec }) => validatePodSpec(spec, 'spec'),
  validateUpdate: validatePodUpdate,
});

/** `POST pods/<name>/binding`: places the pod on a node, once. */
function bind(draft: Pod, body: ApiObject, { now }: WriteContext): void {
  const { target, metadata } = body as Binding;
  const refuse = (message: string): StatusError =>
    new StatusError('Conflict', `Operation cannot be fulfilled on pods/binding ${JSON.stringify(draft.metadata.name)}: ${message}`, {
      details: { name: draft.metadata.name, kind: 'pods/binding' },
    });
  if (!target?.name) throw new StatusError('BadRequest', 'the binding names no node: target.name is required');
  if (target.kind && target.kind !== 'Node')
    throw new StatusError('BadRequest', `a pod cannot be bound to a ${target.kind}: target.kind must be Node`);
  if (metadata?.uid && metadata.uid !== draft.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${draft.metadata.uid}`);
  if (draft.metadata.deletionTimestamp) throw refuse(`pod ${draft.metadata.name} is being deleted, cannot be assigned to a host`);
  if (draft.spec.nodeName) throw refuse(`pod ${draft.metadata.name} is already assigned to node ${JSON.stringify(draft.spec.nodeName)}`);
  draft.spec.nodeName = target.name;
  delete draft.status.nominatedNodeName;
  if (metadata?.annotations) draft.metadata.annotations = { ...draft.metadata.annotations, ...metadata.annotations };
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: `${now.toISOString().slice(0, 19)}Z` };
  draft.status.conditions = [...(draft.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled'), scheduled];
}
