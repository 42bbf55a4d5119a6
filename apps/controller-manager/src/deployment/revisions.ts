import type { Deployment, ReplicaSet } from '@steersman/types';
import { maxSurge, wanted } from './replica-counts.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const MAX_HISTORY_CHARS = 2_000;

/** Annotations that say something about one of the two only. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.daemonset.template.generation',
]);

type Annotations = Readonly<Record<string, string>>;

export const revisionOf = ({ metadata }: ReplicaSet | Deployment): number => integer(metadata.annotations?.[REVISION]) ?? 0;

export const nextRevision = (oldSets: readonly ReplicaSet[]): number => Math.max(0, ...oldSets.map(revisionOf)) + 1;

export const annotatedReplicas = ({ metadata }: ReplicaSet, name: string): number | undefined => integer(metadata.annotations?.[name]);

const integer = (text: string | undefined): number | undefined => (text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined);

/** The annotations the newest ReplicaSet should have: the Deployment's, its revision, and the revisions it had before. */
export function newSetAnnotations(deployment: Deployment, present: Annotations, revision: number): Annotations {
  const copied = Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !NOT_COPIED.has(name)));
  const annotations = { ...present, ...copied };
  const old = present[REVISION];
  if ((integer(old) ?? 0) >= revision) return annotations;
  const history = old === undefined ? present[REVISION_HISTORY] : grown(present[REVISION_HISTORY], old);
  return { ...annotations, [REVISION]: String(revision), ...(history !== undefined && { [REVISION_HISTORY]: history }) };
}

function grown(history: string | undefined, revision: string): string {
  const revisions = [...(history ? history.split(',') : []), revision];
  while (revisions.length > 1 && revisions.join(',').length > MAX_HISTORY_CHARS) revisions.shift();
  return revisions.join(',');
}

/** By these a later sync sees that spec.replicas has changed since the set was sized. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [DESIRED_REPLICAS]: String(wanted(deployment)),
  [MAX_REPLICAS]: String(wanted(deployment) + maxSurge(deployment)),
});
