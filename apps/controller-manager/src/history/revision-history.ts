import type { Client, Informer } from '@steersman/client';
import { labelSelectorFrom } from '@steersman/labels';
import { isReason } from '@steersman/status';
import {
  type ApiObject,
  controllerOf,
  type ControllerRevision,
  controllerRevisionKind,
  type Kind,
  type LabelSelector,
  type New,
  type PodTemplateSpec,
} from '@steersman/types';
import { claim, controllerReference } from '../claim.ts';
import { claimable } from '../informers.ts';
import { sameTemplate, templateHash } from './template-hash.ts';

export const REVISION_LABEL = 'controller-revision-hash';

/** What keeps its history in ControllerRevisions. */
export interface RevisionOwner extends ApiObject {
  spec: { selector: LabelSelector; template: PodTemplateSpec; revisionHistoryLimit?: number };
  status: { collisionCount?: number };
}

export interface HistoryDeps<O extends RevisionOwner> {
  readonly kind: Kind<O>;
  readonly client: Client;
  readonly revisions: Informer<ControllerRevision>;
}

export interface History {
  /** Of the present template. */
  readonly current: ControllerRevision;
  /** The others, oldest first. */
  readonly old: readonly ControllerRevision[];
}

interface Target<O> {
  readonly owner: O;
  readonly signal: AbortSignal;
}

/**
 * The revisions of `owner`; that of its present template is made when there is none, and gets the next number when the
 * template has been rolled back to it. Undefined when the wanted name is somebody else's: then status.collisionCount must grow.
 */
export async function syncHistory<O extends RevisionOwner>(
  deps: HistoryDeps<O>,
  { owner, signal }: Target<O>,
): Promise<History | undefined> {
  const { kind, client, revisions } = deps;
  const owned = await claim({
    owner,
    ownerKind: kind,
    owners: client.of(kind),
    selector: labelSelectorFrom(owner.spec.selector),
    candidates: claimable(revisions, owner),
    dependents: client.of(controllerRevisionKind),
    signal,
  });
  const sorted = [...owned].sort((a, b) => a.revision - b.revision);
  const newest = sorted.at(-1)?.revision ?? 0;
  const known = sorted.findLast(revision => sameTemplate(templateOf(revision), owner.spec.template));
  const old = sorted.filter(revision => revision !== known);
  if (!known) {
    const current = await create(deps, { owner, signal }, newest + 1);
    return current && { current, old: old.filter(({ metadata }) => metadata.name !== current.metadata.name) };
  }
  if (known.revision === newest) return { current: known, old };
  const current = await client.of(controllerRevisionKind).update({ ...known, revision: newest + 1 }, { signal });
  return { current, old };
}

/** As `kubectl rollout undo` applies it: a strategic merge patch of the owner that replaces the template. */
const dataOf = ({ spec }: RevisionOwner): object => ({ spec: { template: { ...spec.template, $patch: 'replace' } } });

/** The template a revision keeps. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } }).spec?.template ?? {};
  return template;
}

async function create<O extends RevisionOwner>(
  { kind, client }: HistoryDeps<O>,
  { owner, signal }: Target<O>,
  revision: number,
): Promise<ControllerRevision | undefined> {
  const { name: ownerName, namespace, annotations } = owner.metadata;
  const hash = templateHash(owner.spec.template, owner.status.collisionCount || undefined);
  const name = `${ownerName}-${hash}`;
  const draft: New<ControllerRevision> = {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: { ...owner.spec.template.metadata?.labels, [REVISION_LABEL]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(kind, owner)],
    },
    data: dataOf(owner),
    revision,
  };
  try {
    return await client.of(controllerRevisionKind).create(draft, { signal });
  } catch (err) {
    if (!isReason(err, 'AlreadyExists')) throw err;
  }
  const found = await client.of(controllerRevisionKind).get({ namespace, name }, { signal });
  // Our own, which the informer does not show yet, or a collision of hashes.
  return controllerOf(found)?.uid === owner.metadata.uid && sameTemplate(templateOf(found), owner.spec.template) ? found : undefined;
}

/** Deletes the oldest revisions beyond the owner's limit, but for those that `isLive`. */
export async function pruneHistory<O extends RevisionOwner>(
  { client }: HistoryDeps<O>,
  { owner, signal }: Target<O>,
  { old, isLive }: { readonly old: readonly ControllerRevision[]; readonly isLive: (revision: ControllerRevision) => boolean },
): Promise<void> {
  const idle = old.filter(revision => !isLive(revision));
  const surplus = idle.slice(0, Math.max(0, idle.length - (owner.spec.revisionHistoryLimit ?? 10)));
  for (const { metadata } of surplus) {
    try {
      await client.of(controllerRevisionKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
  }
}
