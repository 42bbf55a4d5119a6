import { type ControllerRevision, type New, type Pod, type StatefulSet, statefulSetKind } from '@steersman/types';
import { REVISION_LABEL, templateOf } from '../history/revision-history.ts';
import { podFromTemplate } from '../pod-control/pod-from-template.ts';

const NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** Undefined for a pod that is none of the set's, whatever its labels say. */
export function ordinalOf({ metadata: set }: StatefulSet, { metadata: pod }: Pod): number | undefined {
  const suffix = pod.name.startsWith(`${set.name}-`) ? pod.name.slice(set.name.length + 1) : '';
  return /^(0|[1-9]\d*)$/.test(suffix) ? Number(suffix) : undefined;
}

export const podName = ({ metadata }: StatefulSet, ordinal: number): string => `${metadata.name}-${ordinal}`;

/** Unlike a DaemonSet's, its pods carry the whole name of their revision. */
export const revisionOf = ({ metadata }: Pod): string | undefined => metadata.labels?.[REVISION_LABEL];

/** The pod that has this ordinal, as that revision makes it. */
export function statefulPod(
  set: StatefulSet,
  { ordinal, revision }: { readonly ordinal: number; readonly revision: ControllerRevision },
): New<Pod> {
  const name = podName(set, ordinal);
  return podFromTemplate(
    { kind: statefulSetKind, owner: set, template: templateOf(revision) },
    {
      name,
      labels: { [NAME_LABEL]: name, [INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision.metadata.name },
      spec: { hostname: name, ...(set.spec.serviceName && { subdomain: set.spec.serviceName }) },
    },
  );
}
