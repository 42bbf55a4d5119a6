import type { ReferredResource } from '@steersman/auth';
import type { PodSpec } from '@steersman/types';

export interface Reference {
  readonly resource: ReferredResource;
  readonly name: string;
}

const named = (resource: ReferredResource, ...names: readonly (string | undefined)[]): readonly Reference[] =>
  names.flatMap(name => (name ? [{ resource, name }] : []));

/** Secrets, ConfigMaps, claims and the account of a pod. */
export const referencesOf = (spec: PodSpec, podName: string): readonly Reference[] => [
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
