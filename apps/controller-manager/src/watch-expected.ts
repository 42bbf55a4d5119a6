import type { Informer } from '@steersman/client';
import type { Expectations, Watch } from '@steersman/controller';
import type { ApiObject, Key } from '@steersman/types';

/** As `watch`, and crosses off what was expected before the key is looked at again. */
export const watchExpected = <T extends ApiObject>(
  informer: Informer<T>,
  expectations: Expectations,
  keysOf: (object: T) => readonly Key[],
): Watch => ({
  synced: signal => informer.synced(signal),
  start: enqueue =>
    informer.subscribe(({ prev, next, traceparent }) => {
      for (const key of next && !prev ? keysOf(next) : []) expectations.sawCreate(key);
      const leaving = next ?? prev;
      if (leaving && (!next || next.metadata.deletionTimestamp))
        for (const key of keysOf(leaving)) expectations.sawDelete(key, leaving.metadata.name);
      for (const key of new Set([...(prev ? keysOf(prev) : []), ...(next ? keysOf(next) : [])])) enqueue(key, traceparent);
    }),
});
