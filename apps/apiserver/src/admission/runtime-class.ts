import { jsonEquals, type Pod, podKind, type RuntimeClass, runtimeClassKind } from '@steersman/types';
import { type Lookup, parseStored } from '../lookup.ts';
import type { AdmissionRule } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';

/** A pod takes over what its runtime costs, and where there are nodes that have it. */
export const runtimeClassRule = (lookup: Lookup): AdmissionRule => ({
  async admit({ operation, kind, subresource, object }) {
    if (kind !== podKind || operation !== 'create' || subresource !== '') return;
    const pod = object as Pod; // the kind says so
    const { runtimeClassName } = pod.spec;
    const found = runtimeClassName ? await lookup(runtimeClassKind, '', runtimeClassName) : undefined;
    const why =
      runtimeClassName && !found
        ? `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`
        : takeOver(pod, found && parseStored<RuntimeClass>(found));
    if (why !== undefined) throw refused(podKind, pod.metadata.name, why);
  },
});

/** Why the pod and its runtime do not go together; undefined when they do. */
function takeOver({ spec }: Pod, runtime: RuntimeClass | undefined): string | undefined {
  const overhead = runtime?.overhead?.podFixed;
  if (spec.overhead && !overhead) return 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
  if (spec.overhead && !jsonEquals(spec.overhead, overhead))
    return "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
  if (overhead) spec.overhead = { ...overhead };
  const { nodeSelector = {}, tolerations = [] } = runtime?.scheduling ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value)
      return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const missing = tolerations.filter(toleration => !(spec.tolerations ?? []).some(own => jsonEquals(own, toleration)));
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing];
  return undefined;
}
