import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, watch, watchOwned } from '@steersman/controller';
import { controllerOf, type ControllerRevision, keyOf, type Pod, type StatefulSet, statefulSetKind } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import { selecting } from '../selecting.ts';
import { StatefulSync } from './stateful-sync.ts';

export interface StatefulSetDeps {
  readonly client: Client;
  readonly statefulSets: Informer<StatefulSet>;
  readonly revisions: Informer<ControllerRevision>;
  readonly pods: Informer<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Keeps pods with lasting names, made and updated one after another unless told otherwise. */
export function statefulSetController(deps: StatefulSetDeps): Controller {
  const { statefulSets, pods, revisions } = deps;
  return {
    name: 'statefulset',
    workers: 5,
    watches: [
      watch(statefulSets, set => [keyOf(set)]),
      watchOwned(pods, statefulSetKind),
      watch(pods, pod => (controllerOf(pod) ? [] : selecting(statefulSets, pod))),
      watchOwned(revisions, statefulSetKind),
    ],
    async reconcile(key, { signal }) {
      const set = statefulSets.get(key);
      if (!set) return undefined; // its pods are the garbage collector's
      try {
        return await new StatefulSync(deps, set, signal).run();
      } catch (err) {
        if (isNamespaceTerminating(err)) return undefined;
        throw err;
      }
    },
  };
}
