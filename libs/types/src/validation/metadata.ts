import { checkDns1035Label, checkLabelName, checkQualifiedName, checkSubdomain } from '@steersman/labels';
import type { Kind } from '../kind.ts';
import type { ApiObject, ObjectMeta, OwnerReference } from '../meta.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { checkCanonicalIp } from './cidr.ts';
import { checked, each, type Faults, forbidden, immutable, invalidValue, required } from './faults.ts';
import { validateAnnotations, validateLabels } from './labels.ts';
import { checkPathSegment } from './path-segment.ts';

const NAME_CHECKS = {
  Subdomain: checkSubdomain,
  Label: checkLabelName,
  Dns1035Label: checkDns1035Label,
  PathSegment: checkPathSegment,
  IpAddress: checkCanonicalIp,
} as const;

/** Faults of the metadata of a new object, in upstream's words. */
export function validateMetadata(kind: Kind, { metadata }: ApiObject): Faults {
  return [...validateNames(kind, metadata), ...validateCommon(metadata)];
}

function validateNames(kind: Kind, { name, generateName, namespace }: ObjectMeta): Faults {
  const checkName = NAME_CHECKS[kind.names ?? 'Subdomain'];
  return [
    // A prefix may end in a dash: the suffix comes after it.
    ...(generateName ? checked('metadata.generateName', generateName, value => checkName(value.replace(/-+$/, '') || value)) : []),
    ...(name ? checked('metadata.name', name, checkName) : required('metadata.name', 'name or generateName is required')),
    ...(kind.scope === 'Namespaced' && !namespace ? required('metadata.namespace') : []),
    ...(kind.scope === 'Namespaced' && namespace ? checked('metadata.namespace', namespace, checkLabelName) : []),
    ...(kind.scope === 'Cluster' && namespace ? forbidden('metadata.namespace', 'not allowed on this type') : []),
  ];
}

function validateCommon({ labels, annotations, ownerReferences, finalizers }: ObjectMeta): Faults {
  return [
    ...validateLabels(labels, 'metadata.labels'),
    ...validateAnnotations(annotations, 'metadata.annotations'),
    ...validateOwners(ownerReferences),
    ...each(finalizers, 'metadata.finalizers', (finalizer, field) => checked(field, finalizer, checkQualifiedName)),
  ];
}

function validateOwners(owners: readonly OwnerReference[] | undefined): Faults {
  const controllers = (owners ?? []).filter(owner => owner.controller);
  const field = 'metadata.ownerReferences';
  return [
    ...each(owners, field, (owner, path) => [
      ...(owner.apiVersion ? [] : invalidValue(`${path}.apiVersion`, owner.apiVersion, 'version must not be empty')),
      ...(owner.kind ? [] : invalidValue(`${path}.kind`, owner.kind, 'must not be empty')),
      ...(owner.name ? [] : invalidValue(`${path}.name`, owner.name, 'must not be empty')),
      ...(owner.uid ? [] : invalidValue(`${path}.uid`, owner.uid, 'must not be empty')),
    ]),
    ...(controllers.length > 1
      ? invalidValue(
          field,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controllers.map(({ kind, name }) => `${kind}/${name}`).join(' and ')}`,
        )
      : []),
  ];
}

/** Faults of a change of metadata. */
export function validateMetadataUpdate(next: ApiObject, prev: ApiObject): Faults {
  const [after, before] = [next.metadata, prev.metadata];
  const added = before.deletionTimestamp ? (after.finalizers ?? []).filter(finalizer => !before.finalizers?.includes(finalizer)) : [];
  return [
    ...immutable('metadata.name', after.name !== before.name, after.name),
    ...immutable('metadata.namespace', after.namespace !== before.namespace, after.namespace),
    ...immutable('metadata.uid', after.uid !== before.uid, after.uid),
    ...immutable('metadata.creationTimestamp', after.creationTimestamp !== before.creationTimestamp, after.creationTimestamp),
    ...immutable('metadata.deletionTimestamp', after.deletionTimestamp !== before.deletionTimestamp, after.deletionTimestamp),
    ...immutable(
      'metadata.deletionGracePeriodSeconds',
      after.deletionGracePeriodSeconds !== before.deletionGracePeriodSeconds,
      after.deletionGracePeriodSeconds,
    ),
    ...(added.length > 0 && !jsonEquals(added, [])
      ? forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
        )
      : []),
    ...validateCommon(after),
  ];
}
