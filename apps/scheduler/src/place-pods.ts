import type { Clock } from '@steersman/async';
import { type Client, createInformer, type Informer } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import { type NodeExplanation, Scheduler, type SchedulingEvent } from '@steersman/scheduling';
import type { Logger } from '@steersman/telemetry';
import { type ApiObject, type Kind, type Key, namespaceKind, nodeKind, podKind, serviceKind } from '@steersman/types';
import { Executor } from './executor.ts';
import { Inbox } from './inbox.ts';
import type { PlacementMetrics } from './placement.metrics.ts';
import { PodTraces } from './pod-traces.ts';

/** Pods that have ended hold nothing: a pod that ends leaves the selection and is seen to go. */
const LIVING = 'status.phase!=Succeeded,status.phase!=Failed';

/** What keeps a waiting pod from each node. */
export type Explain = (pod: Key) => readonly NodeExplanation[] | undefined;

export interface PlacementDeps {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly schedulerName: string;
  readonly metrics: PlacementMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Given the way to ask, once pods are placed. */
  readonly explainable?: (explain: Explain) => void;
}

/**
 * Places pods until `signal` aborts. All it knows it has from the API, so a new process goes on where any old one
 * stopped; a decision two processes make is carried out once, as the API binds a pod once.
 */
export async function placePods(deps: PlacementDeps): Promise<void> {
  const { client, schedulerName, metrics, clock, log, signal } = deps;
  const informer = <T extends ApiObject>(kind: Kind<T>, fieldSelector?: string): Informer<T> =>
    createInformer(client.of(kind), { signal, clock, ...(fieldSelector && { fieldSelector }), logger: log.child({ kind: kind.plural }) });
  const [nodes, pods, namespaces, services] = [
    informer(nodeKind),
    informer(podKind, LIVING),
    informer(namespaceKind),
    informer(serviceKind),
  ];
  await Promise.all([nodes, pods, namespaces, services].map(one => one.synced(signal)));

  const inbox = new Inbox<SchedulingEvent>(clock);
  const traces = new PodTraces(clock);
  const feed = <T extends ApiObject>(
    from: Informer<T>,
    set: (object: T) => SchedulingEvent,
    gone: (object: T) => SchedulingEvent,
  ): Disposable =>
    from.subscribe(({ prev, next }) => {
      if (next) inbox.push(set(next));
      else if (prev) inbox.push(gone(prev));
    });
  using _namespaces = feed(
    namespaces,
    namespace => ({ type: 'namespace', namespace }),
    ({ metadata }) => ({ type: 'namespaceGone', name: metadata.name }),
  );
  using _services = feed(
    services,
    service => ({ type: 'service', service }),
    service => ({ type: 'serviceGone', service }),
  );
  using _nodes = feed(
    nodes,
    node => ({ type: 'node', node }),
    ({ metadata }) => ({ type: 'nodeGone', name: metadata.name }),
  );
  using _traces = pods.subscribe(change => traces.see(change));
  using _pods = feed(
    pods,
    pod => ({ type: 'pod', pod }),
    pod => ({ type: 'podGone', pod }),
  );
  const scheduler = new Scheduler(schedulerName);
  metrics.pending = () => scheduler.pending;
  deps.explainable?.(key => scheduler.explain(key));
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
