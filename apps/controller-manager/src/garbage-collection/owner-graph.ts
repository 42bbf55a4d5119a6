import type { ApiObject, OwnerReference } from '@steersman/types';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** What is known of an object's owner. */
export type OwnerState = 'present' | 'absent' | 'waiting';

export interface Owned {
  readonly reference: OwnerReference;
  readonly state: OwnerState;
}

export type Verdict =
  | { readonly action: 'keep' }
  /** Some owners are gone and others remain: only the references to those that are gone go. */
  | { readonly action: 'dropReferences'; readonly uids: readonly string[] }
  | { readonly action: 'delete'; readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan' };

/** What the owners of an object mean for it. An object without owner references is nobody's to collect. */
export function judge(object: ApiObject, owners: readonly Owned[], hasDependents: boolean): Verdict {
  if (owners.length === 0) return { action: 'keep' };
  const gone = owners.filter(({ state }) => state === 'absent');
  const waiting = owners.filter(({ state }) => state === 'waiting');
  if (gone.length + waiting.length < owners.length) {
    const uids = [...gone, ...waiting].map(({ reference }) => reference.uid);
    return uids.length === 0 ? { action: 'keep' } : { action: 'dropReferences', uids };
  }
  if (waiting.length > 0 && hasDependents) return { action: 'delete', propagationPolicy: 'Foreground' };
  return { action: 'delete', propagationPolicy: policyOf(object) };
}

/** A finalizer somebody set beforehand says how the object's own dependents are to be treated. */
function policyOf({ metadata: { finalizers = [] } }: ApiObject): 'Background' | 'Foreground' | 'Orphan' {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

export const isLeaving = ({ metadata }: ApiObject, finalizer: string): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(finalizer);

/** Dependents that hold up the end of an owner that is deleted in the foreground. */
export const blocks = (dependent: ApiObject, uid: string): boolean =>
  (dependent.metadata.ownerReferences ?? []).some(reference => reference.uid === uid && reference.blockOwnerDeletion === true);
