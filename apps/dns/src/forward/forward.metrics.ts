import type { Clock } from '@steersman/async';
import type { Metrics } from '@steersman/telemetry';
import { rcodeName } from '../wire/codes.ts';

export interface ForwardMetrics {
  /** Call the result when the server has answered, or has not (undefined). */
  begin(to: string): (rcode: number | undefined) => void;
  rejected(): void;
}

/** Seconds, 1 ms to 8 s, doubling. */
const LATENCY = Array.from({ length: 14 }, (_, at) => 0.001 * 2 ** at);

export function forwardMetrics(metrics: Metrics, clock: Pick<Clock, 'now'>): ForwardMetrics {
  const duration = metrics.histogram({
    name: 'coredns_proxy_request_duration_seconds',
    help: 'Time an upstream server took to answer',
    labels: ['proxy_name', 'to', 'rcode'],
    buckets: LATENCY,
  });
  const rejects = metrics
    .counter({ name: 'coredns_forward_max_concurrent_rejects_total', help: 'Questions refused because too many were being forwarded' })
    .of();
  return {
    begin: to => {
      const began = clock.now();
      return rcode => duration.of('forward', to, rcode === undefined ? 'none' : rcodeName(rcode)).observe((clock.now() - began) / 1_000);
    },
    rejected: () => rejects.add(),
  };
}
