import type { Clock } from '@steersman/async';
import { type Change, type Client, createInformer } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import { Scheduler, type SchedulingEvent } from '@steersman/scheduling';
import type { Logger } from '@steersman/telemetry';
import { type Namespace, namespaceKind, type Node, nodeKind, type Pod, podKind } from '@steersman/types';
import { Executor } from './executor.ts';
import { Inbox } from './inbox.ts';
import type { PlacementMetrics } from './placement.metrics.ts';
import { PodTraces } from './pod-traces.ts';

/** Pods that have ended hold nothing: a pod that ends leaves the selection and is seen to go. */
const LIVING = 'status.phase!=Succeeded,status.phase!=Failed';

export interface PlacementDeps {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly schedulerName: string;
  readonly metrics: PlacementMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Places pods until `signal` aborts. All it knows it has from the API, so a new process goes on where any old one
 * stopped; a decision two processes make is carried out once, as the API binds a pod once.
 */
export async function placePods(deps: PlacementDeps): Promise<void> {
  const { client, schedulerName, metrics, clock, log, signal } = deps;
  const nodes = createInformer(client.of(nodeKind), { signal, clock, logger: log.child({ kind: 'nodes' }) });
  const pods = createInformer(client.of(podKind), { signal, clock, fieldSelector: LIVING, logger: log.child({ kind: 'pods' }) });
  const namespaces = createInformer(client.of(namespaceKind), { signal, clock, logger: log.child({ kind: 'namespaces' }) });
  await Promise.all([nodes.synced(signal), pods.synced(signal), namespaces.synced(signal)]);

  const inbox = new Inbox<SchedulingEvent>(clock);
  const traces = new PodTraces(clock);
  using _namespaces = namespaces.subscribe(change => inbox.push(namespaceEvent(change)));
  using _nodes = nodes.subscribe(change => inbox.push(nodeEvent(change)));
  using _pods = pods.subscribe(change => {
    traces.see(change);
    inbox.push(podEvent(change));
  });
  const scheduler = new Scheduler(schedulerName);
  metrics.pending = () => scheduler.pending;
  const executor = new Executor({ ...deps, traces, refused: pod => inbox.push({ type: 'bindFailed', pod }) });
  log.info('placing pods', { schedulerName, nodes: nodes.list().length, pods: pods.list().length });

  let wakeAtMs: number | undefined;
  while (!signal.aborted) {
    const step = scheduler.step(await inbox.take(wakeAtMs, signal), clock.now());
    for (const decision of step.decisions) executor.start(decision);
    wakeAtMs = step.wakeAtMs;
    await executor.ready();
  }
  await executor.finished();
}

const nodeEvent = ({ prev, next }: Change<Node>): SchedulingEvent =>
  next ? { type: 'node', node: next } : { type: 'nodeGone', name: prev?.metadata.name ?? '' };

const namespaceEvent = ({ prev, next }: Change<Namespace>): SchedulingEvent => ({
  type: 'namespace',
  name: (next ?? prev)?.metadata.name ?? '',
  labels: next?.metadata.labels ?? {},
});

function podEvent({ prev, next }: Change<Pod>): SchedulingEvent {
  if (next) return { type: 'pod', pod: next };
  if (prev) return { type: 'podGone', pod: prev };
  throw new TypeError('a change without an object');
}
