import type { CounterCell, HistogramCell, Metrics } from '@steersman/telemetry';

/** Bucket edges in seconds: 1 ms to 16 s, doubling; pods that wait for a node take longer than any of them. */
const LATENCY = Array.from({ length: 15 }, (_, at) => 0.001 * 2 ** at);

export interface PlacementMetrics {
  readonly attempts: Readonly<Record<'scheduled' | 'unschedulable' | 'error', CounterCell>>;
  /** From the decision to the answer to the binding. */
  readonly binding: HistogramCell;
  /** From when a pod was first seen to its binding. */
  readonly waiting: HistogramCell;
  /** Asks at each scrape. */
  pending: () => number;
}

/** Upstream's names, so that public dashboards work. */
export function placementMetrics(metrics: Metrics, profile: string): PlacementMetrics {
  const attempts = metrics.counter({
    name: 'scheduler_schedule_attempts_total',
    help: 'Number of attempts to schedule pods, by the result.',
    labels: ['profile', 'result'],
  });
  const histogram = (name: string, help: string): HistogramCell => metrics.histogram({ name, help, buckets: LATENCY }).of();
  const made: PlacementMetrics = {
    attempts: {
      scheduled: attempts.of(profile, 'scheduled'),
      unschedulable: attempts.of(profile, 'unschedulable'),
      error: attempts.of(profile, 'error'),
    },
    binding: histogram('scheduler_binding_duration_seconds', 'Time from a decision to the answer to its binding.'),
    waiting: histogram('scheduler_pod_scheduling_sli_duration_seconds', 'Time from when a pod was first seen to its binding.'),
    pending: () => 0,
  };
  metrics.observed({ name: 'scheduler_pending_pods', help: 'Number of pods without a node.' }, () => made.pending());
  return made;
}
