import type { Kind, NamespaceCondition } from '@steersman/types';
import { timeText } from '../times.ts';

/** What is left of a kind in a namespace. */
export interface Remainder {
  readonly kind: Kind;
  readonly count: number;
  /** How many objects each finalizer holds back. */
  readonly finalizers: ReadonlyMap<string, number>;
}

export interface Progress {
  readonly remainders: readonly Remainder[];
  readonly failures: readonly string[];
}

interface Finding {
  readonly type: string;
  /** Absent when all is well. */
  readonly trouble?: string;
  readonly reasons: { readonly well: string; readonly trouble: string };
  readonly well: string;
}

/** How the deletion of the contents is getting on, in upstream's words (pkg/controller/namespace/deletion/status_condition_utils.go). */
export function withProgress(conditions: readonly NamespaceCondition[], progress: Progress, now: Date): NamespaceCondition[] {
  return findings(progress).map(({ type, trouble, reasons, well }) => {
    const next =
      trouble === undefined
        ? { type, status: 'False', reason: reasons.well, message: well }
        : { type, status: 'True', reason: reasons.trouble, message: trouble };
    const current = conditions.find(condition => condition.type === type);
    const lastTransitionTime = current?.status === next.status && current.lastTransitionTime ? current.lastTransitionTime : timeText(now);
    return { ...next, lastTransitionTime };
  });
}

function findings({ remainders, failures }: Progress): readonly Finding[] {
  const standing = remainders.filter(({ count }) => count > 0);
  const held = new Map<string, number>();
  for (const { finalizers } of standing) for (const [name, count] of finalizers) held.set(name, (held.get(name) ?? 0) + count);
  const remaining = standing.map(({ kind, count }) => `${kind.plural}.${kind.group} has ${count} resource instances`).sort();
  const holding = [...held].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      reasons: { well: 'ResourcesDiscovered', trouble: 'DiscoveryFailed' },
      well: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      reasons: { well: 'ParsedGroupVersions', trouble: 'GroupVersionParsingFailed' },
      well: 'All legacy kube types successfully parsed',
    },
    {
      type: 'NamespaceDeletionContentFailure',
      reasons: { well: 'ContentDeleted', trouble: 'ContentDeletionFailed' },
      well: 'All content successfully deleted, may be waiting on finalization',
      ...(failures.length > 0 && { trouble: `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}` }),
    },
    {
      type: 'NamespaceContentRemaining',
      reasons: { well: 'ContentRemoved', trouble: 'SomeResourcesRemain' },
      well: 'All content successfully removed',
      ...(remaining.length > 0 && { trouble: `Some resources are remaining: ${remaining.join(', ')}` }),
    },
    {
      type: 'NamespaceFinalizersRemaining',
      reasons: { well: 'ContentHasNoFinalizers', trouble: 'SomeFinalizersRemain' },
      well: 'All content-preserving finalizers finished',
      ...(holding.length > 0 && { trouble: `Some content in the namespace has finalizers remaining: ${holding.join(', ')}` }),
    },
  ];
}
