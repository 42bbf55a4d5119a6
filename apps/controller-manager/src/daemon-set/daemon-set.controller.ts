import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, Expectations, type Watch, watch, watchOwned } from '@steersman/controller';
import {
  controllerOf,
  type ControllerRevision,
  type DaemonSet,
  daemonSetKind,
  groupVersion,
  jsonEquals,
  type Key,
  keyOf,
  type Node,
  type Pod,
} from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import { selecting } from '../selecting.ts';
import { PodControl } from '../pod-control/pod-control.ts';
import { watchExpected } from '../watch-expected.ts';
import { DaemonSync } from './daemon-sync.ts';
import { EndedPods } from './ended-pods.ts';

export interface DaemonSetDeps {
  readonly client: Client;
  readonly daemonSets: Informer<DaemonSet>;
  readonly revisions: Informer<ControllerRevision>;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Runs one pod of each DaemonSet on every node it is meant for. */
export function daemonSetController(deps: DaemonSetDeps): Controller {
  const { daemonSets, pods, nodes, revisions, clock } = deps;
  const expectations = new Expectations(clock);
  const parts = { ...deps, expectations, control: new PodControl({ ...deps, expectations }), ended: new EndedPods(clock) };
  return {
    name: 'daemonset',
    workers: 2,
    watches: [
      watch(daemonSets, set => [keyOf(set)]),
      watchExpected(pods, expectations, pod => ownerKeys(daemonSets, pod)),
      watchPlaces(nodes, () => daemonSets.list().map(keyOf)),
      watchOwned(revisions, daemonSetKind),
    ],
    async reconcile(key, { signal }) {
      const set = daemonSets.get(key);
      if (!set) {
        expectations.forget(key);
        return undefined;
      }
      try {
        return await new DaemonSync(parts, set, signal).run();
      } catch (err) {
        if (isNamespaceTerminating(err)) return undefined;
        throw err;
      }
    },
  };
}

function ownerKeys(daemonSets: Informer<DaemonSet>, pod: Pod): readonly Key[] {
  const { namespace } = pod.metadata;
  const controller = controllerOf(pod);
  if (controller) {
    const isOurs = controller.kind === daemonSetKind.kind && controller.apiVersion === groupVersion(daemonSetKind);
    return isOurs ? [`${namespace}/${controller.name}`] : [];
  }
  return selecting(daemonSets, pod);
}

/** Nodes change with every heartbeat; what a daemon looks at seldom does. */
function watchPlaces(nodes: Informer<Node>, keys: () => readonly Key[]): Watch {
  const facts = (node: Node | undefined): unknown => node && [node.metadata.labels ?? {}, node.spec.taints ?? []];
  return {
    synced: signal => nodes.synced(signal),
    start: enqueue =>
      nodes.subscribe(({ prev, next, traceparent }) => {
        if (prev && next && jsonEquals(facts(prev), facts(next))) return;
        for (const key of keys()) enqueue(key, traceparent);
      }),
  };
}
