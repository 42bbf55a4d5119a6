import type { Container } from '@steersman/types';

export type PullDecision = 'pull' | 'present' | 'never';

/** What the pull policy says for an image that is, or is not, on the node. */
export function pullDecision(
  { imagePullPolicy = 'IfNotPresent' }: Container,
  { isPresent }: { readonly isPresent: boolean },
): PullDecision {
  if (imagePullPolicy === 'Always') return 'pull';
  if (isPresent) return 'present';
  return imagePullPolicy === 'Never' ? 'never' : 'pull';
}
