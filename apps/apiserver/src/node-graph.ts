import type { NodeGraph } from '@steersman/auth';
import type { StoredObject, WatchCache } from '@steersman/store';
import { type Pod, podKind } from '@steersman/types';
import { resourcePrefix } from './machine/selection.ts';
import { referencesOf } from './pod-references.ts';

/** What a pod refers to, by `resource/name`; made once per version of the pod. */
const references = new WeakMap<StoredObject, ReadonlySet<string>>();

/** Which node runs what, from the watch cache. */
export function createNodeGraph(cache: WatchCache): NodeGraph {
  const pods = cache.resource(resourcePrefix(podKind));
  return {
    runsPod: (nodeName, namespace, podName) => pods.get(namespace, podName)?.field('spec.nodeName') === nodeName,
    refersTo: (nodeName, { resource, namespace, name }) =>
      pods.select({ namespace, equals: { 'spec.nodeName': nodeName } }).some(pod => namesIn(pod).has(`${resource}/${name}`)),
  };
}

function namesIn(pod: StoredObject): ReadonlySet<string> {
  let found = references.get(pod);
  if (!found) {
    const { spec, metadata } = JSON.parse(pod.body.toString('utf8')) as Pod;
    found = new Set(referencesOf(spec, metadata.name).map(({ resource, name }) => `${resource}/${name}`));
    references.set(pod, found);
  }
  return found;
}
