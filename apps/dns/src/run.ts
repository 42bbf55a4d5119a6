import { readFileSync } from 'node:fs';
import { aborted, systemClock } from '@steersman/async';
import { connectClient } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import { startHealthServer } from '@steersman/service';
import { type Logger, Metrics } from '@steersman/telemetry';
import { dnsMetrics } from './dns.metrics.ts';
import { forwardMetrics } from './forward/forward.metrics.ts';
import { Forwarder } from './forward/forwarder.ts';
import { LoopGuard, withoutOurselves } from './forward/loop-guard.ts';
import { addressText, parseUpstream, type UpstreamAddress, upstreamsOf } from './forward/upstream-address.ts';
import { followCluster } from './follow-cluster.ts';
import { createResponder } from './responder.ts';
import { serveDns } from './server/serve-dns.ts';
import type { Config } from './settings.ts';
import { sparingLogger } from './sparing-logger.ts';
import { AnswerCache } from './zone/answer-cache.ts';
import { ClusterIndex } from './zone/cluster-index.ts';
import { zoneOf } from './zone/zone.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Answers from the first packet on, with SERVFAIL until it knows the cluster. */
export async function run(config: Config, { signal, log }: RunOptions): Promise<void> {
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    if (config[name] === '') throw new ConfigError([`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} is needed`]);
  }
  const { bindAddress, port, clusterDomain } = config;
  const upstreams = withoutOurselves(upstreamsFrom(config, log), { bindAddresses: bindAddress, port });
  const clock = systemClock;
  const sparing = sparingLogger(log, clock);
  const metrics = new Metrics();
  const cache = new AnswerCache(config.cacheSize);
  const index = new ClusterIndex(token => cache.forget(token));
  const serial = Math.floor(clock.wall().getTime() / 1_000);
  const zone = zoneOf({ name: clusterDomain, ttl: config.ttl, serial, addresses: bindAddress.filter(isOneAddress) });
  const forwarder = new Forwarder({
    upstreams,
    clock,
    log: sparing,
    metrics: forwardMetrics(metrics, clock),
    signal,
    attemptMs: config.upstreamTimeout,
    maxInFlight: config.maxForwards,
    cacheCapacity: config.cacheSize,
  });
  metrics.observed(
    { name: 'coredns_cache_entries', help: 'Answers of upstream servers that are kept' },
    () => forwarder.cache.size('success') + forwarder.cache.size('denial'),
  );
  const loopGuard = new LoopGuard(upstreams);
  let isSynced = false;
  const respond = createResponder({
    index,
    zone,
    cache,
    forwarder,
    loopGuard,
    isSynced: () => isSynced,
    metrics: dnsMetrics(metrics, { port, zone: zone.name }),
    clock,
    log: sparing,
  });

  await using health = await startHealthServer({ port: config.healthPort, metrics, checks: { informers: () => isSynced } });
  await using servers = new AsyncDisposableStack();
  for (const address of bindAddress) {
    const served = servers.use(await serveDns({ address, port, respond, log: sparing }));
    log.info('listening', { address, port: served.port });
  }
  await using client = connectClient({
    address: config.apiserver,
    caFile: config.caFile,
    certFile: config.certFile,
    keyFile: config.keyFile,
    logger: log,
  });
  await followCluster(client, index, { signal, log });
  isSynced = true;
  log.info('ready', { zone: zone.name, upstreams: upstreams.map(addressText), healthPort: health.port });
  await loopGuard.probe(signal);
  await aborted(signal);
}

function upstreamsFrom({ upstream, resolvConf }: Config, log: Logger): readonly UpstreamAddress[] {
  if (upstream.length > 0) return upstream.map(parseUpstream);
  try {
    return upstreamsOf(readFileSync(resolvConf, 'utf8'));
  } catch (err) {
    log.warn('no upstream servers: names outside of the cluster are refused', { resolvConf, err });
    return [];
  }
}

const isOneAddress = (address: string): boolean => address !== '0.0.0.0' && address !== '::';
