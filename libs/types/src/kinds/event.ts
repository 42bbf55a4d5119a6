import type { Event } from '../gen/types.ts';
import { age } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { invalidValue } from '../validation/faults.ts';

const firstSeen = (event: Event): string | undefined => event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
const lastSeen = (event: Event): string | undefined => event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);
const sourceOf = ({ source, reportingComponent, reportingInstance }: Event): string =>
  source?.component
    ? [source.component, source.host].filter(Boolean).join(', ')
    : [reportingComponent, reportingInstance].filter(Boolean).join(', ');

export const eventKind = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  schema: 'CoreV1Event',
  columns: [
    { name: 'Last Seen', description: 'Time when this event was last observed.', value: (event, { now }) => age(lastSeen(event), now) },
    {
      name: 'Type',
      description: 'Type of this event (Normal, Warning), new types could be added in the future.',
      value: ({ type }) => type ?? '',
    },
    { name: 'Reason', description: "The reason for the transition into the object's current status.", value: ({ reason }) => reason ?? '' },
    {
      name: 'Object',
      description: 'The object that this event is about.',
      value: ({ involvedObject }) => `${(involvedObject.kind ?? '').toLowerCase()}/${involvedObject.name ?? ''}`,
    },
    { name: 'Subobject', priority: 1, description: 'Part of the object.', value: ({ involvedObject }) => involvedObject.fieldPath ?? '' },
    { name: 'Source', priority: 1, description: 'The component reporting this event.', value: sourceOf },
    {
      name: 'Message',
      description: 'A human-readable description of the status of this operation.',
      value: ({ message }) => (message ?? '').trim(),
    },
    {
      name: 'First Seen',
      priority: 1,
      description: 'The time at which the event was first recorded.',
      value: (event, { now }) => age(firstSeen(event), now),
    },
    {
      name: 'Count',
      type: 'integer',
      priority: 1,
      description: 'The number of times this event has occurred.',
      value: ({ series, count }) => series?.count ?? (count || 1),
    },
    {
      name: 'Name',
      priority: 1,
      format: 'name',
      description: 'Name must be unique within a namespace.',
      value: ({ metadata }) => metadata.name,
    },
  ],
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component ?? reportingComponent ?? '',
    type: ({ type }) => type ?? '',
  },
  validate({ involvedObject, metadata }) {
    const wanted = involvedObject.namespace ?? 'default';
    return wanted === metadata.namespace || (!involvedObject.namespace && metadata.namespace === 'kube-system')
      ? []
      : invalidValue('involvedObject.namespace', involvedObject.namespace ?? '', 'does not match event.namespace');
  },
});
