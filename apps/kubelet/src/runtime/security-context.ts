import type { Image, LinuxContainerSecurityContext, SecurityProfile } from '@steersman/cri';
import type { Container, Pod } from '@steersman/types';
import { namespaces } from './sandbox-config.ts';
import { targetOf } from './target-of.ts';

/** What upstream hides of the kernel from a container whose procMount is Default. */
const MASKED = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function securityContext(pod: Pod, container: Container, image: Image): LinuxContainerSecurityContext {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser ?? image.uid?.value;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const target = targetOf(pod, container);
  const isBare = own.privileged === true || own.procMount === 'Unmasked';
  return {
    privileged: own.privileged ?? false,
    namespaceOptions: { ...namespaces(pod), ...(target?.id !== undefined && { pid: 'TARGET', targetId: target.id }) },
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivs: own.allowPrivilegeEscalation === false && own.privileged !== true,
    supplementalGroups: [...(shared.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared.supplementalGroups ?? [])],
    capabilities: { addCapabilities: own.capabilities?.add ?? [], dropCapabilities: own.capabilities?.drop ?? [] },
    ...(runAsUser === undefined ? image.username && { runAsUsername: image.username } : { runAsUser: { value: runAsUser } }),
    ...(runAsGroup !== undefined && { runAsGroup: { value: runAsGroup } }),
    maskedPaths: isBare ? [] : MASKED,
    readonlyPaths: isBare ? [] : READ_ONLY,
    seccomp: profileOf(own.seccompProfile ?? shared.seccompProfile),
    apparmor: profileOf(own.appArmorProfile ?? shared.appArmorProfile),
  };
}

/** Why the container may not start as the user it would run as; undefined when it may. */
export function userFault(pod: Pod, container: Container, image: Image): string | undefined {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  if (!(own.runAsNonRoot ?? shared.runAsNonRoot)) return undefined;
  const uid = own.runAsUser ?? shared.runAsUser;
  const of = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (uid === 0) return `container's runAsUser breaks non-root policy ${of}`;
  if (uid !== undefined) return undefined;
  if (image.username)
    return `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${of}`;
  return (image.uid?.value ?? 0) === 0 ? `container has runAsNonRoot and image will run as root ${of}` : undefined;
}

const profileOf = (profile: { readonly type: string; readonly localhostProfile?: string } | undefined): SecurityProfile => ({
  profileType: profile === undefined ? 'Unconfined' : (profile.type as SecurityProfile['profileType']),
  ...(profile?.localhostProfile && { localhostRef: profile.localhostProfile }),
});
