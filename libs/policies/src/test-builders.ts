import type { Namespace, NetworkPolicy, NetworkPolicySpec, Pod, PodSpec, PodStatus } from '@steersman/types';

const metadata = (namespace: string, name: string, labels: Record<string, string>) => ({
  name,
  namespace,
  labels,
  uid: `uid-${namespace}-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

export const namespace = (name: string, labels: Record<string, string> = {}): Namespace => ({
  metadata: { ...metadata('', name, { 'kubernetes.io/metadata.name': name, ...labels }), namespace: '' },
  spec: {},
  status: {},
});

export interface PodFactsGiven {
  readonly labels?: Record<string, string>;
  readonly spec?: Partial<PodSpec>;
  readonly status?: Partial<PodStatus>;
}

/** A pod of node n1 that serves TCP and UDP at 80 and 81, under names such as serve-80-tcp. */
export const pod = (key: string, ip: string, { labels = {}, spec = {}, status = {} }: PodFactsGiven = {}): Pod => {
  const [inNamespace = '', name = ''] = key.split('/');
  const ports = ['TCP', 'UDP'].flatMap(protocol =>
    [80, 81].map(port => ({ name: `serve-${port}-${protocol.toLowerCase()}`, protocol, containerPort: port })),
  );
  return {
    metadata: metadata(inNamespace, name, { pod: name, ...labels }),
    spec: { nodeName: 'n1', containers: [{ name: 'serve', image: 'serve', ports }], ...spec },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], ...status },
  };
};

export const policy = (key: string, spec: NetworkPolicySpec): NetworkPolicy => {
  const [inNamespace = '', name = ''] = key.split('/');
  return { metadata: metadata(inNamespace, name, {}), spec: { podSelector: {}, ...spec } };
};

export const labels = (matchLabels: Record<string, string>) => ({ matchLabels });
