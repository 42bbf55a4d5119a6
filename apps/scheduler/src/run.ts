import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '@steersman/async';
import { connectClient } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import { createEventRecorder, lead } from '@steersman/controller';
import { startHealthServer } from '@steersman/service';
import { type Logger, Metrics } from '@steersman/telemetry';
import { eventKind, leaseKind } from '@steersman/types';
import { type Explain, placePods } from './place-pods.ts';
import { placementMetrics } from './placement.metrics.ts';
import type { Config } from './settings.ts';

export { settings } from './settings.ts';

const LEASE = 'kube-scheduler';
/** Users see events within a second; a pod's start is not slowed down by telling of it. */
const EVENT_DELAY_MS = 300;

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Places pods whenever this process is the leader; a standby holds no watches. */
export async function run(config: Config, { signal, log }: RunOptions): Promise<void> {
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    if (config[name] === '') throw new ConfigError([`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} is needed`]);
  }
  const registry = new Metrics();
  const metrics = placementMetrics(registry, config.schedulerName);
  let explain: Explain | undefined;
  await using health = await startHealthServer({
    port: config.healthPort,
    metrics: registry,
    documents: { '/explain': query => explanation(explain, query) },
  });
  await using client = connectClient({
    address: config.apiserver,
    caFile: config.caFile,
    certFile: config.certFile,
    keyFile: config.keyFile,
    logger: log,
  });
  const identity = identityOf(config.healthPort);
  log.info('scheduler started', { identity, healthPort: health.port, apiserver: config.apiserver });

  const { schedulerName } = config;
  await lead({ leases: client.of(leaseKind), name: LEASE, identity, signal, log }, async term => {
    const recorder = createEventRecorder({
      events: client.of(eventKind),
      component: schedulerName,
      signal: term,
      log,
      delayMs: EVENT_DELAY_MS,
    });
    const explainable = (given: Explain): void => void (explain = given);
    try {
      await placePods({ client, recorder, schedulerName, metrics, clock: systemClock, log, signal: term, explainable });
    } finally {
      explain = undefined;
    }
  });
}

/** What keeps a waiting pod (`pod=<namespace>/<name>`) from each node; nothing for a pod that does not wait, or as long as another process leads. */
function explanation(explain: Explain | undefined, query: URLSearchParams): object | undefined {
  const pod = query.get('pod') ?? '';
  const nodes = explain?.(pod);
  return nodes && { pod, nodes };
}

/** Whoever holds the health port of a machine is the only one: one that died there and came back need not wait for its own lease. */
const identityOf = (healthPort: number): string => `${hostname()}_${healthPort === 0 ? randomUUID() : healthPort}`;
