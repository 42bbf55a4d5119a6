import { systemClock } from '@steersman/async';
import { Metrics, silentLogger } from '@steersman/telemetry';
import { dnsMetrics } from './dns.metrics.ts';
import { forwardMetrics } from './forward/forward.metrics.ts';
import { Forwarder } from './forward/forwarder.ts';
import { LoopGuard } from './forward/loop-guard.ts';
import type { UpstreamAddress } from './forward/upstream-address.ts';
import { createResponder, type Respond } from './responder.ts';
import { zone } from './test-builders.ts';
import { AnswerCache } from './zone/answer-cache.ts';
import { ClusterIndex } from './zone/cluster-index.ts';

export interface TestServer extends Disposable {
  readonly respond: Respond;
  readonly index: ClusterIndex;
  readonly cache: AnswerCache;
  readonly metrics: Metrics;
  readonly loopGuard: LoopGuard;
}

/** All of the server but its sockets and its connection to the API. */
export function testServer({
  upstreams = [],
  isSynced = () => true,
}: { upstreams?: readonly UpstreamAddress[]; isSynced?: () => boolean } = {}): TestServer {
  const stop = new AbortController();
  const metrics = new Metrics();
  const cache = new AnswerCache(100);
  const index = new ClusterIndex(token => cache.forget(token));
  const loopGuard = new LoopGuard(upstreams);
  const forwarder = new Forwarder({
    upstreams,
    clock: systemClock,
    log: silentLogger,
    metrics: forwardMetrics(metrics, systemClock),
    signal: stop.signal,
    attemptMs: 500,
    maxInFlight: 100,
    cacheCapacity: 100,
  });
  const respond = createResponder({
    index,
    zone,
    cache,
    forwarder,
    loopGuard,
    isSynced,
    metrics: dnsMetrics(metrics, { port: 53, zone: zone.name }),
    clock: systemClock,
    log: silentLogger,
  });
  return { respond, index, cache, metrics, loopGuard, [Symbol.dispose]: () => stop.abort() };
}
