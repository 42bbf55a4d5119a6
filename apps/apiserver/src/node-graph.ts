import type { NodeGraph, ReferredResource } from '@steersman/auth';
import type { StoredObject, WatchCache } from '@steersman/store';
import { type Pod, type PodSpec, podKind } from '@steersman/types';
import { resourcePrefix } from './machine/selection.ts';

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
    const { spec, metadata } = JSON.parse(pod.body.toString('utf8')) as Pod;
    found = new Set(collect(spec, metadata.name).map(({ resource, name }) => `${resource}/${name}`));
    references.set(pod, found);
  }
  return found;
}

interface Reference {
  readonly resource: ReferredResource;
  readonly name: string;
}

const named = (resource: ReferredResource, ...names: readonly (string | undefined)[]): readonly Reference[] =>
  names.flatMap(name => (name ? [{ resource, name }] : []));

/** Secrets, ConfigMaps, claims and the account of a pod. */
export const collect = (spec: PodSpec, podName: string): readonly Reference[] => [
  ...named('serviceaccounts', spec.serviceAccountName),
  ...named('secrets', ...(spec.imagePullSecrets ?? []).map(({ name }) => name)),
  ...(spec.volumes ?? []).flatMap(({ name, configMap, secret, projected, persistentVolumeClaim, ephemeral, csi }) => [
    ...named('configmaps', configMap?.name, ...(projected?.sources ?? []).map(source => source.configMap?.name)),
    ...named(
      'secrets',
      secret?.secretName,
      csi?.nodePublishSecretRef?.name,
      ...(projected?.sources ?? []).map(source => source.secret?.name),
    ),
    ...named('persistentvolumeclaims', persistentVolumeClaim?.claimName, ephemeral && `${podName}-${name}`),
  ]),
  ...[...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].flatMap(({ env = [], envFrom = [] }) => [
    ...named(
      'configmaps',
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ),
    ...named('secrets', ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name), ...envFrom.map(({ secretRef }) => secretRef?.name)),
  ]),
];
