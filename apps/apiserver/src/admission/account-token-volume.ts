import type { Container, Pod, ServiceAccount, Volume } from '@steersman/types';
import { nameSuffix } from '../machine/strategy.ts';

/** Where programs look for their identity (client-go's rest.InClusterConfig, and every other client library). */
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const PREFIX = 'kube-api-access-';
/** An hour, and a little that tells such tokens from those somebody asked an hour for (as upstream). */
const LIFETIME_S = 3_607;
const READABLE = 0o644;

/** Gives each container the token of the pod's account, the cluster's authority and its namespace, unless pod or account say no. */
export function mountAccountToken({ spec }: Pod, account: Pick<ServiceAccount, 'automountServiceAccountToken'>): void {
  if (!(spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)) return;
  const known = spec.volumes?.find(({ name }) => name.startsWith(PREFIX));
  const name = known?.name ?? `${PREFIX}${nameSuffix()}`;
  const without = [...(spec.initContainers ?? []), ...spec.containers].filter(lacksMount);
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
  }
  if (!known && without.length > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

/** Whoever mounts something else there wants no token. */
const lacksMount = ({ volumeMounts = [] }: Container): boolean => !volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH);

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: READABLE,
    sources: [
      { serviceAccountToken: { expirationSeconds: LIFETIME_S, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});
