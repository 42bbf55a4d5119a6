import type { Kind } from '@steersman/types';
import type { CounterCell, GaugeCell, HistogramCell, Metric, Metrics } from '@steersman/telemetry';
import type { Verb } from '../machine/request.ts';
import type { ResourceRoute } from './route.ts';

const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** Upstream's names, so that dashboards made for any cluster work. */
export class RequestMetrics {
  readonly #total: Metric<CounterCell>;
  readonly #seconds: Metric<HistogramCell>;
  readonly #watches: Metric<GaugeCell>;
  /** The cells of those who asked before: their labels are the same objects, see `labelsOf`. */
  readonly #known = new WeakMap<RequestLabels, KnownCells>();
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

  done(labels: RequestLabels, code: number, ms: number): void {
    const { seconds, totals } = this.#cellsOf(labels);
    let total = totals.get(code);
    if (!total) {
      const { verb, group, version, resource, subresource } = labels;
      total = this.#total.of(verb, group, version, resource, subresource, String(code));
      totals.set(code, total);
    }
    total.add();
    seconds?.observe(ms / 1_000);
  }

  longRunning({ verb, group, version, resource }: RequestLabels): GaugeCell {
    return this.#watches.of(verb, group, version, resource);
  }

  #cellsOf(labels: RequestLabels): KnownCells {
    const known = this.#known.get(labels);
    if (known) return known;
    const { verb, group, version, resource, subresource } = labels;
    const isLong = verb === 'WATCH' || verb === 'CONNECT';
    const cells = {
      seconds: isLong ? undefined : this.#seconds.of(verb, group, version, resource, subresource),
      totals: new Map<number, CounterCell>(),
    };
    this.#known.set(labels, cells);
    return cells;
  }
}

interface KnownCells {
  /** Undefined for what has no end of its own. */
  readonly seconds: HistogramCell | undefined;
  /** By code. */
  readonly totals: Map<number, CounterCell>;
}

export interface RequestLabels {
  /** Upper case, as upstream writes it. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

const REQUEST_VERBS: Readonly<Partial<Record<Verb, string>>> = { create: 'POST', update: 'PUT' };

const knownLabels = new WeakMap<Kind, Map<string, RequestLabels>>();

/** One object for each kind, subresource and verb. A subresource that the kind does not have is left out: clients could make up any number of them. */
export function labelsOf({ kind, subresource: asked }: Pick<ResourceRoute, 'kind' | 'subresource'>, verb: Verb): RequestLabels {
  const subresource = kind.subresources?.some(({ name }) => name === asked) ? asked : '';
  let ofKind = knownLabels.get(kind);
  if (!ofKind) knownLabels.set(kind, (ofKind = new Map<string, RequestLabels>()));
  const key = `${verb}/${subresource}`;
  let labels = ofKind.get(key);
  if (!labels) {
    const { group, version, plural: resource } = kind;
    labels = { verb: REQUEST_VERBS[verb] ?? verb.toUpperCase(), group, version, resource, subresource };
    ofKind.set(key, labels);
  }
  return labels;
}
