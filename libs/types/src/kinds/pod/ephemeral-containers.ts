import { checkLabelName } from '@steersman/labels';
import type { EphemeralContainer, Pod } from '../../gen/types.ts';
import { jsonEquals } from '../../patch/pointer.ts';
import { checked, each, type Faults, forbidden, invalidValue, required, unique } from '../../validation/faults.ts';
import { defaultContainer } from './pod-defaults.ts';

/** What needs a container that is there from the start: a place in the pod's resources, its readiness, its network. */
const NOT_ALLOWED = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources'] as const;

/** `PUT pods/<name>/ephemeralcontainers`: of what is sent only these count. */
export function setEphemeralContainers(draft: Pod, { spec }: Pod): void {
  if (spec.ephemeralContainers === undefined) delete draft.spec.ephemeralContainers;
  else draft.spec.ephemeralContainers = spec.ephemeralContainers;
  for (const container of draft.spec.ephemeralContainers ?? []) defaultContainer(container, draft.spec.hostNetwork === true);
}

/** They can be added, and never be changed or taken away. */
export function validateEphemeralContainers({ spec }: Pod, prev: Pod): Faults {
  const field = 'spec.ephemeralContainers';
  const now = spec.ephemeralContainers ?? [];
  const taken = new Set([...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name));
  const targets = new Set(spec.containers.map(({ name }) => name));
  return [
    ...each(now, field, (container, path) => [
      ...validateOne(container, path),
      ...(taken.has(container.name) ? invalidValue(`${path}.name`, container.name, 'must not be the name of another container') : []),
      ...(container.targetContainerName && !targets.has(container.targetContainerName)
        ? invalidValue(`${path}.targetContainerName`, container.targetContainerName, 'must be the name of a container of the pod')
        : []),
    ]),
    ...unique(
      now,
      ({ name }) => name,
      at => `${field}[${at}].name`,
    ),
    ...(prev.spec.ephemeralContainers ?? []).flatMap(before => {
      const after = now.find(({ name }) => name === before.name);
      if (!after) return forbidden(field, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`);
      return jsonEquals(after, before)
        ? []
        : forbidden(field, `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n`);
    }),
  ];
}

function validateOne(container: EphemeralContainer, field: string): Faults {
  const { name, image } = container;
  const isGiven = (value: unknown): boolean => value !== undefined && !jsonEquals(value, {}) && !jsonEquals(value, []);
  return [
    ...(name ? checked(`${field}.name`, name, checkLabelName) : required(`${field}.name`)),
    ...(image ? [] : required(`${field}.image`)),
    ...NOT_ALLOWED.filter(key => isGiven(container[key])).flatMap(key =>
      forbidden(`${field}.${key}`, 'cannot be set for an Ephemeral Container'),
    ),
  ];
}
