import { isRepelled, nodeChoice, podRequests } from '@steersman/scheduling';
import { milliValue, type Node, type Pod, quantityValue } from '@steersman/types';
import { isStatic } from '../static/static-pod.ts';

/** Why a node does not run a pod it was given; the pod fails with it. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface Admission {
  readonly allocatable: Readonly<Record<string, string>>;
  /** Undefined until the API has told. */
  readonly node: Node | undefined;
  /** What runs here already. */
  readonly others: readonly Pod[];
}

/** The order in which upstream looks at resources; what else a pod asks for comes after these. */
const FIRST = ['cpu', 'memory', 'ephemeral-storage'];

/**
 * The node's own look at a pod, whoever has sent it here (upstream's lifecycle/predicate.go): resources, then selector and
 * affinity, then host ports, then taints. Undefined when it may run.
 */
export function admitPod(pod: Pod, { allocatable, node, others }: Admission): Refusal | undefined {
  const active = others.filter(({ status: { phase } }) => phase !== 'Succeeded' && phase !== 'Failed');
  return outOf(pod, allocatable, active) ?? (node && misplaced(pod, node)) ?? portTaken(pod, active) ?? (node && repelled(pod, node));
}

function outOf(pod: Pod, allocatable: Readonly<Record<string, string>>, active: readonly Pod[]): Refusal | undefined {
  const room = quantityValue(allocatable['pods']);
  if (active.length >= room) return lacking('pods', { requested: 1, used: active.length, capacity: room });
  const { amounts } = podRequests(pod);
  const used = active.map(other => podRequests(other).amounts);
  for (const resource of new Set([...FIRST, ...amounts.keys()])) {
    const requested = amounts.get(resource) ?? 0;
    const capacity = resource === 'cpu' ? milliValue(allocatable[resource]) : quantityValue(allocatable[resource]);
    const taken = used.reduce((sum, other) => sum + (other.get(resource) ?? 0), 0);
    if (requested > 0 && requested + taken > capacity) return lacking(resource, { requested, used: taken, capacity });
  }
  return undefined;
}

interface Lack {
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
}

const lacking = (resource: string, { requested, used, capacity }: Lack): Refusal => ({
  reason: `OutOf${resource}`,
  message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});

function misplaced({ spec }: Pod, { metadata: { name, labels = {} } }: Node): Refusal | undefined {
  if (nodeChoice(spec).allows({ name, labels })) return undefined;
  return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
}

function portTaken(pod: Pod, active: readonly Pod[]): Refusal | undefined {
  const taken = active.flatMap(hostPorts);
  const isTaken = hostPorts(pod).some(own => taken.some(other => own.key === other.key && (own.ip === other.ip || !own.ip || !other.ip)));
  return isTaken ? failed('NodePorts', "node(s) didn't have free ports for the requested pod ports") : undefined;
}

/** Only what would drive it out again at once; a static pod stays whatever befalls its node. */
function repelled(pod: Pod, { spec: { taints = [] } }: Node): Refusal | undefined {
  const driving = taints.filter(({ effect }) => effect === 'NoExecute');
  if (isStatic(pod) || !isRepelled(driving, pod.spec.tolerations ?? [])) return undefined;
  return failed('TaintToleration', "node(s) had taints that the pod didn't tolerate");
}

const failed = (predicate: string, why: string): Refusal => ({ reason: predicate, message: `Predicate ${predicate} failed: ${why}` });

const hostPorts = ({ spec: { containers } }: Pod): readonly { readonly key: string; readonly ip: string }[] =>
  containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }) =>
      hostPort ? [{ key: `${protocol} ${hostPort}`, ip: hostIP === '0.0.0.0' ? '' : hostIP }] : [],
    ),
  );
