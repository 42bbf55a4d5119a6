import type { DaemonSet, New, NodeAffinity, Pod, PodSpec, Toleration } from '@steersman/types';
import { daemonSetKind } from '@steersman/types';
import { REVISION_LABEL } from '../history/revision-history.ts';
import { podFromTemplate } from '../pod-control/pod-from-template.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const GENERATION_LABEL = 'pod-template-generation';

const tolerate = (trouble: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${trouble}`, operator: 'Exists', effect });

/** A daemon stays on its node through everything that drives other pods away. */
const TOLERATIONS: readonly Toleration[] = [
  tolerate('not-ready', 'NoExecute'),
  tolerate('unreachable', 'NoExecute'),
  tolerate('disk-pressure', 'NoSchedule'),
  tolerate('memory-pressure', 'NoSchedule'),
  tolerate('pid-pressure', 'NoSchedule'),
  tolerate('unschedulable', 'NoSchedule'),
];

export function tolerationsOf({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const own = [...TOLERATIONS, ...(hostNetwork ? [tolerate('network-unavailable', 'NoSchedule')] : [])];
  const has = ({ key, effect }: Toleration): boolean =>
    tolerations.some(given => given.key === key && given.effect === effect && given.operator === 'Exists');
  return [...tolerations, ...own.filter(toleration => !has(toleration))];
}

/** The pod of one node: the scheduler places it, as it may go nowhere else. */
export function daemonPod(set: DaemonSet, { nodeName, hash }: { readonly nodeName: string; readonly hash: string }): New<Pod> {
  const spec = set.spec.template.spec ?? { containers: [] };
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION];
  return podFromTemplate(
    { kind: daemonSetKind, owner: set, template: set.spec.template },
    {
      labels: { [REVISION_LABEL]: hash, ...(generation !== undefined && { [GENERATION_LABEL]: generation }) },
      spec: {
        tolerations: tolerationsOf(spec),
        affinity: { ...spec.affinity, nodeAffinity: pinned(spec.affinity?.nodeAffinity, nodeName) },
      },
    },
  );
}

/** Each term allows its nodes only, and of them `nodeName` alone. */
function pinned(affinity: NodeAffinity | undefined, nodeName: string): NodeAffinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }];
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return {
    ...affinity,
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: terms.length === 0 ? [{ matchFields }] : terms.map(term => ({ ...term, matchFields })),
    },
  };
}

/** Where a daemon's pod is, or is to go. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key }) => key === 'metadata.name')?.values?.[0];
}
