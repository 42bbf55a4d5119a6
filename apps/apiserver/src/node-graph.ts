import type { NodeGraph } from '@steersman/auth';
import type { StoredObject, WatchCache } from '@steersman/store';
import { type Pod, type PodSpec, podKind } from '@steersman/types';
import { resourcePrefix } from './machine/selection.ts';

type Reference = Parameters<NodeGraph['refersTo']>[1];

/** What a pod refers to, by `resource/name`; made once per version of the pod. */
const references = new WeakMap<StoredObject, ReadonlySet<string>>();

/** Which node runs what, from the watch cache. */
export function createNodeGraph(cache: WatchCache): NodeGraph {
  const pods = cache.resource(resourcePrefix(podKind));
  return {
    runsPod: (nodeName, namespace, podName) => pods.get(namespace, podName)?.field('spec.nodeName') === nodeName,
    refersTo: (nodeName, { resource, namespace, name }) =>
      pods.select({ namespace, equals: { 'spec.nodeName': nodeName } }).some(pod => referencesOf(pod).has(`${resource}/${name}`)),
  };
}

function referencesOf(pod: StoredObject): ReadonlySet<string> {
  let found = references.get(pod);
  if (!found) {
    const { spec } = JSON.parse(pod.body.toString('utf8')) as Pod;
    found = new Set(collect(spec).map(({ resource, name }) => `${resource}/${name}`));
    references.set(pod, found);
  }
  return found;
}

function collect(spec: PodSpec): readonly Pick<Reference, 'resource' | 'name'>[] {
  const configMaps: (string | undefined)[] = [];
  const secrets: (string | undefined)[] = (spec.imagePullSecrets ?? []).map(({ name }) => name);
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    configMaps.push(configMap?.name, ...(projected?.sources ?? []).map(source => source.configMap?.name));
    secrets.push(secret?.secretName, ...(projected?.sources ?? []).map(source => source.secret?.name));
  }
  for (const { env = [], envFrom = [] } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    configMaps.push(
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    );
    secrets.push(...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name), ...envFrom.map(({ secretRef }) => secretRef?.name));
  }
  const named = (resource: Reference['resource'], names: readonly (string | undefined)[]): Pick<Reference, 'resource' | 'name'>[] =>
    names.flatMap(name => (name ? [{ resource, name }] : []));
  return [...named('configmaps', configMaps), ...named('secrets', secrets)];
}
