import type { CounterCell, GaugeCell, HistogramCell, Metric, Metrics } from '@steersman/telemetry';

const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** Upstream's names, so that dashboards made for any cluster work. */
export class RequestMetrics {
  readonly #total: Metric<CounterCell>;
  readonly #seconds: Metric<HistogramCell>;
  readonly #watches: Metric<GaugeCell>;
  /** Requests being answered now, watches and streams apart. */
  readonly inflight: Readonly<Record<'readOnly' | 'mutating', GaugeCell>>;

  constructor(metrics: Metrics) {
    this.#total = metrics.counter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labels: ['verb', 'group', 'version', 'resource', 'subresource', 'code'],
    });
    this.#seconds = metrics.histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, group, version, resource and subresource.',
      labels: ['verb', 'group', 'version', 'resource', 'subresource'],
      buckets: SECONDS,
    });
    this.#watches = metrics.gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version and resource.',
      labels: ['verb', 'group', 'version', 'resource'],
    });
    const inflight = metrics.gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
      labels: ['request_kind'],
    });
    this.inflight = { readOnly: inflight.of('readOnly'), mutating: inflight.of('mutating') };
  }

  done({ verb, group, version, resource, subresource }: RequestLabels, code: number, ms: number): void {
    this.#total.of(verb, group, version, resource, subresource, String(code)).add();
    if (verb !== 'WATCH' && verb !== 'CONNECT') this.#seconds.of(verb, group, version, resource, subresource).observe(ms / 1_000);
  }

  longRunning({ verb, group, version, resource }: RequestLabels): GaugeCell {
    return this.#watches.of(verb, group, version, resource);
  }
}

export interface RequestLabels {
  /** Upper case, as upstream writes it. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}
