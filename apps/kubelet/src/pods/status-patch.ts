import { jsonEquals, type PodStatus } from '@steersman/types';

/** Lists that merge by a key: replaced as a whole, or an address that is gone would stay. */
const REPLACED = new Set(['podIPs', 'hostIPs']);
/** What the kubelet alone decides; anything else in a status is somebody else's. */
const OWN = [
  'observedGeneration',
  'phase',
  'reason',
  'message',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies readonly (keyof PodStatus)[];

/** The strategic merge patch from one status to the next; undefined when there is nothing to change. */
export function statusPatch(from: PodStatus, to: PodStatus): object | undefined {
  const changed = OWN.filter(key => !jsonEquals(from[key], to[key])).map(key => [key, patchOf(key, to[key])] as const);
  const conditions = (to.conditions ?? [])
    .filter(
      next =>
        !jsonEquals(
          from.conditions?.find(({ type }) => type === next.type),
          next,
        ),
    )
    .map(({ reason = null, message = null, ...rest }) => ({ ...rest, reason, message })); // null takes away what the old one had
  if (changed.length === 0 && conditions.length === 0) return undefined;
  return { ...Object.fromEntries(changed), ...(conditions.length > 0 && { conditions }) };
}

function patchOf(key: string, value: unknown): unknown {
  if (value === undefined) return null;
  return REPLACED.has(key) && Array.isArray(value) ? [...(value as unknown[]), { $patch: 'replace' }] : value;
}
