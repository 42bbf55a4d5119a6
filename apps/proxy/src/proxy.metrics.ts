import type { CounterCell, GaugeCell, HistogramCell, Metrics } from '@steersman/telemetry';

/** Bucket edges in seconds: 1 ms to 16 s, doubling. */
const LATENCY = Array.from({ length: 15 }, (_, at) => 0.001 * 2 ** at);

export interface ProxyMetrics {
  readonly syncDuration: HistogramCell;
  /** From when a change of an endpoint was asked for to the kernel. */
  readonly programming: HistogramCell;
  readonly lastSync: GaugeCell;
  readonly lastQueued: GaugeCell;
  readonly serviceChanges: CounterCell;
  readonly endpointChanges: CounterCell;
  readonly syncFailures: CounterCell;
  readonly staleFlows: CounterCell;
}

/** Upstream's names, so that public dashboards work. */
export function proxyMetrics(metrics: Metrics): ProxyMetrics {
  const counter = (name: string, help: string): CounterCell => metrics.counter({ name, help }).of();
  const gauge = (name: string, help: string): GaugeCell => metrics.gauge({ name, help }).of();
  const histogram = (name: string, help: string): HistogramCell => metrics.histogram({ name, help, buckets: LATENCY }).of();
  return {
    syncDuration: histogram('kubeproxy_sync_proxy_rules_duration_seconds', 'Time one change of the rules took.'),
    programming: histogram('kubeproxy_network_programming_duration_seconds', 'Time from the change of an endpoint to the rules.'),
    lastSync: gauge('kubeproxy_sync_proxy_rules_last_timestamp_seconds', 'When the rules were last changed.'),
    lastQueued: gauge('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds', 'When a change of the rules was last asked for.'),
    serviceChanges: counter('kubeproxy_sync_proxy_rules_service_changes_total', 'Changes of Services seen.'),
    endpointChanges: counter('kubeproxy_sync_proxy_rules_endpoint_changes_total', 'Changes of endpoints seen.'),
    syncFailures: counter('kubeproxy_sync_proxy_rules_failures_total', 'Changes of the rules that failed and were tried again.'),
    staleFlows: counter('kubeproxy_conntrack_reconciler_deleted_entries_total', 'Translations of UDP flows that were ended.'),
  };
}
