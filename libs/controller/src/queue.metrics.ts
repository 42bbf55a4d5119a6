import type { Metrics } from '@steersman/telemetry';

/** Bucket bounds in seconds: 1 ms to 16 s, doubling. */
const SECONDS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

export interface QueueCells {
  added(depth: number): void;
  taken(depth: number, waitedSeconds: number): void;
  done(workedSeconds: number): void;
  retried(): void;
}

/** Upstream's names, so that public dashboards show our queues. */
export interface QueueMetrics {
  of(name: string): QueueCells;
}

export function queueMetrics(metrics: Metrics): QueueMetrics {
  const labels = ['name'];
  const depth = metrics.gauge({ name: 'workqueue_depth', help: 'Keys waiting for a worker', labels });
  const adds = metrics.counter({ name: 'workqueue_adds_total', help: 'Keys handed to the queue', labels });
  const retries = metrics.counter({ name: 'workqueue_retries_total', help: 'Turns that failed and were queued again', labels });
  const wait = metrics.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time a key waited before a worker took it',
    labels,
    buckets: SECONDS,
  });
  const work = metrics.histogram({ name: 'workqueue_work_duration_seconds', help: 'Time a turn took', labels, buckets: SECONDS });
  return {
    of(name) {
      const cells = { depth: depth.of(name), adds: adds.of(name), retries: retries.of(name), wait: wait.of(name), work: work.of(name) };
      return {
        added(waiting) {
          cells.adds.add();
          cells.depth.set(waiting);
        },
        taken(waiting, waitedSeconds) {
          cells.depth.set(waiting);
          cells.wait.observe(waitedSeconds);
        },
        done: workedSeconds => cells.work.observe(workedSeconds),
        retried: () => cells.retries.add(),
      };
    },
  };
}
