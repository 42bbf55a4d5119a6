import { isAbortError } from '@steersman/async';
import { connectBus, type FeedChange, subjects } from '@steersman/bus';
import { prefixEnd, type Store } from '@steersman/store';
import type { Logger } from '@steersman/telemetry';

const ROOT = '/registry/';

export interface FeedOptions {
  readonly store: Store;
  readonly config: {
    readonly natsUrl: string;
    readonly natsCredentialsFile: string;
    readonly natsCaFile: string;
    readonly clusterName: string;
  };
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Tells on NATS of every committed change, after it is durable. Ends when `signal` aborts; trouble with NATS is no trouble of the API. */
export async function runFeed({ store, config, log, signal }: FeedOptions): Promise<void> {
  try {
    await using bus = await connectBus({
      url: config.natsUrl,
      credentialsFile: config.natsCredentialsFile,
      caFile: config.natsCaFile,
      name: 'apiserver',
      log,
      signal,
    });
    log.info('connected to NATS', { url: config.natsUrl });
    let previous = await store.revision();
    for await (const { events } of store.watch({ start: ROOT, end: prefixEnd(ROOT), afterRevision: previous }, signal)) {
      for (const event of events) {
        const key = event.type === 'put' ? event.kv.key : event.key;
        const revision = event.type === 'put' ? event.kv.modRevision : event.revision;
        const [group = '', resource = '', ...rest] = key.slice(ROOT.length).split('/');
        const change: FeedChange = {
          revision,
          previous,
          type: event.type,
          namespace: rest.length > 1 ? (rest[0] ?? '') : '',
          name: rest.at(-1) ?? '',
        };
        bus.publish(subjects.feed(config.clusterName, { group, resource }), change);
        previous = revision;
      }
    }
  } catch (err) {
    if (!signal.aborted && !isAbortError(err)) log.warn('the feed on NATS has ended', { err });
  }
}
