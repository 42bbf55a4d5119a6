/** Everything that is said on NATS: `steersman.v1.<cluster>.<topic>...`. A new subject is added here and nowhere else. */
const ROOT = 'steersman.v1';

/** Dots and blanks would make another subject. */
const token = (text: string): string => text.replaceAll(/[.\s*>]/g, '_') || '_';

export const subjects = {
  /** Every committed change: a Change. */
  feed: (cluster: string, { group, resource }: { readonly group: string; readonly resource: string }): string =>
    `${ROOT}.${token(cluster)}.feed.${token(group || 'core')}.${token(resource)}`,
  /** All feeds of a cluster. */
  feeds: (cluster: string): string => `${ROOT}.${token(cluster)}.feed.>`,
} as const;

/** What the feed says of a change; the object itself is the API's to give. A listener whose last `revision` is not `previous` has missed some. */
export interface FeedChange {
  readonly revision: number;
  readonly previous: number;
  readonly type: 'put' | 'delete';
  readonly namespace: string;
  readonly name: string;
}
