import type { ResourceClient } from '@steersman/client';
import type { LabelSelector } from '@steersman/labels';
import { isReason } from '@steersman/status';
import { type ApiObject, controllerOf, groupVersion, type Kind, type OwnerReference } from '@steersman/types';

export interface ClaimOptions<O extends ApiObject, T extends ApiObject> {
  readonly owner: O;
  readonly ownerKind: Kind<O>;
  readonly owners: ResourceClient<O>;
  readonly selector: LabelSelector;
  /** Objects of the owner's namespace. */
  readonly candidates: readonly T[];
  readonly dependents: ResourceClient<T>;
  readonly signal: AbortSignal;
}

/** The reference by which `owner` controls what it makes. */
export const controllerReference = <O extends ApiObject>(kind: Kind<O>, { metadata: { name, uid } }: O): OwnerReference => ({
  apiVersion: groupVersion(kind),
  kind: kind.kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

/**
 * The candidates `owner` controls, after it has adopted matching ones nobody controls and released those it controls but
 * selects no more. An owner that is going away does neither.
 */
export async function claim<O extends ApiObject, T extends ApiObject>(options: ClaimOptions<O, T>): Promise<readonly T[]> {
  const { owner, selector, candidates } = options;
  const leaving = owner.metadata.deletionTimestamp !== undefined;
  const claimed: T[] = [];
  for (const object of candidates) {
    const matches = selector.matches(object.metadata.labels ?? {});
    const controller = controllerOf(object);
    if (controller?.uid === owner.metadata.uid) {
      if (matches) claimed.push(object);
      else if (!leaving) await release(options, object);
    } else if (!controller && matches && !leaving && object.metadata.deletionTimestamp === undefined) {
      const adopted = await adopt(options, object);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}

async function adopt<O extends ApiObject, T extends ApiObject>(
  { owner, ownerKind, owners, dependents, signal }: ClaimOptions<O, T>,
  object: T,
): Promise<T | undefined> {
  // Our view may be old: an owner deleted meanwhile must not take orphans down with it.
  const fresh = await owners.get(owner.metadata, { signal });
  if (fresh.metadata.uid !== owner.metadata.uid || fresh.metadata.deletionTimestamp !== undefined) return undefined;
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerReference(ownerKind, owner)];
  return await writeOwners(dependents, { object, ownerReferences, signal });
}

async function release<O extends ApiObject, T extends ApiObject>(
  { owner, dependents, signal }: ClaimOptions<O, T>,
  object: T,
): Promise<void> {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  await writeOwners(dependents, { object, ownerReferences, signal });
}

/** Undefined when the object is gone; Conflict when it has changed since. */
async function writeOwners<T extends ApiObject>(
  dependents: ResourceClient<T>,
  {
    object,
    ownerReferences,
    signal,
  }: { readonly object: T; readonly ownerReferences: readonly OwnerReference[]; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const { uid, resourceVersion } = object.metadata;
  try {
    return await dependents.patch(
      object.metadata,
      { metadata: { uid, resourceVersion, ownerReferences } },
      { type: 'application/merge-patch+json', signal },
    );
  } catch (err) {
    if (isReason(err, 'NotFound')) return undefined;
    throw err;
  }
}
