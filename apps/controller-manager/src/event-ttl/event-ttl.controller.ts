import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Event, eventKind, keyOf } from '@steersman/types';
import type { Informers } from '../informers.ts';

/** Upstream's --event-ttl. The store knows no leases: what is too old is deleted. */
const TTL_MS = 3_600_000;

export interface EventTtlDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
}

/** Deletes events an hour after they were last seen to happen. */
export function eventTtlController({ client, informer, clock }: EventTtlDeps): Controller {
  const events = informer(eventKind);
  return {
    name: 'event-ttl',
    workers: 4,
    watches: [watch(events, event => [keyOf(event)])],
    async reconcile(key, { signal }) {
      const event = events.get(key);
      if (!event) return undefined;
      const leftMs = lastSeen(event) + TTL_MS - clock.wall().getTime();
      if (leftMs > 0) return { againInMs: leftMs };
      const { uid, resourceVersion } = event.metadata;
      try {
        // The version, too: it may have happened again.
        await client
          .of(eventKind)
          .delete(event.metadata, { preconditions: { uid: uid ?? '', resourceVersion: resourceVersion ?? '' }, signal });
      } catch (err) {
        if (!isReason(err, 'NotFound')) throw err;
      }
      return undefined;
    },
  };
}

const lastSeen = ({ series, lastTimestamp, eventTime, metadata }: Event): number =>
  Math.max(...[series?.lastObservedTime, lastTimestamp, eventTime, metadata.creationTimestamp].map(at => Date.parse(at ?? '') || 0));
