import type { Pod, PodSpec, ServiceAccount } from '@steersman/types';
import { mountAccountToken } from './account-token-volume.ts';

const PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const metadata = { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const account = (automountServiceAccountToken?: boolean): ServiceAccount => ({
  metadata,
  ...(automountServiceAccountToken !== undefined && { automountServiceAccountToken }),
});
const mounted = (spec: Partial<PodSpec>, of = account()): PodSpec => {
  const pod: Pod = { metadata, spec: { containers: [{ name: 'main' }], ...spec }, status: {} };
  mountAccountToken(pod, of);
  return pod.spec;
};

it('mounts token, authority and namespace in every container', () => {
  const { volumes, containers, initContainers } = mounted({ initContainers: [{ name: 'init' }] });
  const name = volumes?.[0]?.name ?? '';
  expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volumes).toEqual([
    {
      name,
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3_607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
        ],
      },
    },
  ]);
  const mount = { name, readOnly: true, mountPath: PATH };
  expect([containers[0]?.volumeMounts, initContainers?.[0]?.volumeMounts]).toEqual([[mount], [mount]]);
});

it.each([
  { name: 'the pod says no', spec: { automountServiceAccountToken: false }, of: account(true), mounts: false },
  { name: 'the account says no', spec: {}, of: account(false), mounts: false },
  { name: 'the pod says yes, whatever the account says', spec: { automountServiceAccountToken: true }, of: account(false), mounts: true },
  {
    name: 'something else is mounted there',
    spec: { containers: [{ name: 'main', volumeMounts: [{ name: 'own', mountPath: PATH }] }] },
    of: account(),
    mounts: false,
  },
])('when $name, mounts: $mounts', ({ spec, of, mounts }) => {
  expect((mounted(spec, of).volumes ?? []).length === 1).toBe(mounts);
});

it('uses the volume that a copied pod brings', () => {
  const { volumes, containers } = mounted({ volumes: [{ name: 'kube-api-access-abcde', projected: { sources: [] } }] });
  expect(volumes).toHaveLength(1);
  expect(containers[0]?.volumeMounts?.[0]?.name).toBe('kube-api-access-abcde');
});
