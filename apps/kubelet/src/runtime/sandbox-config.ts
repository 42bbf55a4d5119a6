import { join } from 'node:path';
import type { DnsConfig, NamespaceOption, PodSandboxConfig, PortMapping } from '@steersman/cri';
import { type CgroupLimits, podLimits } from '@steersman/pods';
import { type Pod, type QosClass, qosOf } from '@steersman/types';
import { POD_NAME, POD_NAMESPACE, POD_UID } from './labels.ts';

const HOSTNAME_MAX = 63;

export interface SandboxSettings {
  readonly podLogDir: string;
  readonly cgroupRoot: string;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
}

export function sandboxConfig(pod: Pod, attempt: number, settings: SandboxSettings): PodSandboxConfig {
  const { metadata, spec } = pod;
  const dnsConfig = dnsOf(pod, settings);
  const { name, uid, namespace = '' } = metadata;
  return {
    metadata: { name, uid, namespace, attempt },
    ...(!spec.hostNetwork && { hostname: hostnameOf(pod) }),
    logDirectory: podLogFolder(pod, settings.podLogDir),
    ...(dnsConfig && { dnsConfig }),
    portMappings: spec.hostNetwork ? [] : portMappings(pod),
    labels: { ...metadata.labels, [POD_NAME]: name, [POD_NAMESPACE]: namespace, [POD_UID]: uid },
    annotations: metadata.annotations ?? {},
    linux: {
      cgroupParent: podCgroup(pod, settings.cgroupRoot),
      securityContext: {
        namespaceOptions: namespaces(pod),
        privileged: [...(spec.initContainers ?? []), ...spec.containers].some(({ securityContext }) => securityContext?.privileged),
        seccomp: { profileType: 'RuntimeDefault' },
        supplementalGroups: spec.securityContext?.supplementalGroups ?? [],
      },
      sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map(sysctl => [sysctl.name, sysctl.value])),
      resources: resourcesOf(podLimits(pod)),
    },
  };
}

/** `<namespace>_<name>_<uid>`: where log collectors look for it. */
export const podLogFolder = ({ metadata: { namespace, name, uid } }: Pod, podLogDir: string): string =>
  join(podLogDir, `${namespace}_${name}_${uid}`);

const QOS_FOLDER: Readonly<Record<QosClass, string>> = { Guaranteed: '', Burstable: 'burstable', BestEffort: 'besteffort' };

export const podCgroup = (pod: Pod, cgroupRoot: string): string =>
  join('/', cgroupRoot, 'kubepods', QOS_FOLDER[qosOf(pod)], `pod${pod.metadata.uid}`);

/** A name longer than the kernel's limit is cut, and ends in a letter or digit then. */
export const hostnameOf = ({ metadata, spec }: Pod): string =>
  (spec.hostname ?? metadata.name).slice(0, HOSTNAME_MAX).replace(/[-.]+$/, '');

/** The pod's name in the cluster's DNS, when its spec gives it a subdomain. */
export const domainOf = ({ metadata, spec }: Pod, clusterDomain: string): string | undefined =>
  spec.subdomain ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}` : undefined;

export function namespaces({ spec }: Pod): NamespaceOption {
  return {
    network: spec.hostNetwork ? 'NODE' : 'POD',
    ipc: spec.hostIPC ? 'NODE' : 'POD',
    pid: spec.hostPID ? 'NODE' : spec.shareProcessNamespace ? 'POD' : 'CONTAINER',
  };
}

/** Undefined leaves the pod the resolv.conf of the node. */
function dnsOf({ metadata, spec }: Pod, { clusterDns, clusterDomain }: SandboxSettings): DnsConfig | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = spec;
  const isOfCluster = (dnsPolicy === 'ClusterFirst' && !hostNetwork) || dnsPolicy === 'ClusterFirstWithHostNet';
  const usesCluster = isOfCluster && clusterDns.length > 0;
  if (!usesCluster && !dnsConfig && dnsPolicy !== 'None') return undefined;
  const base: Required<DnsConfig> = usesCluster
    ? {
        servers: clusterDns,
        searches: [`${metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
        options: ['ndots:5'],
      }
    : { servers: [], searches: [], options: [] };
  const options = (dnsConfig?.options ?? []).map(({ name, value }) => (value === undefined ? (name ?? '') : `${name}:${value}`));
  const overridden = new Set(options.map(option => option.split(':')[0]));
  return {
    servers: [...new Set([...base.servers, ...(dnsConfig?.nameservers ?? [])])],
    searches: [...new Set([...base.searches, ...(dnsConfig?.searches ?? [])])],
    options: [...base.options.filter(option => !overridden.has(option.split(':')[0])), ...options],
  };
}

const portMappings = ({ spec }: Pod): readonly PortMapping[] =>
  spec.containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol = 'TCP', containerPort, hostPort = 0, hostIP }) => ({
        protocol: protocol as PortMapping['protocol'],
        containerPort,
        hostPort,
        ...(hostIP && { hostIp: hostIP }),
      })),
  );

const resourcesOf = ({ cpuShares, cpuQuotaUs = 0, cpuPeriodUs, memoryBytes }: CgroupLimits) => ({
  cpuShares,
  cpuQuota: cpuQuotaUs,
  cpuPeriod: cpuPeriodUs,
  memoryLimitInBytes: memoryBytes,
});
