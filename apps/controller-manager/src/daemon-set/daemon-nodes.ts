import { isRepelled, isTolerated, nodeChoice } from '@steersman/scheduling';
import type { DaemonSet, Node } from '@steersman/types';
import { tolerationsOf } from './daemon-pod.ts';

export interface NodeVerdict {
  readonly shouldRun: boolean;
  /** A daemon that is there may stay: only a taint that evicts makes it go. */
  readonly mayStay: boolean;
}

/** What a DaemonSet means for nodes; compiled once for all of them. */
export function nodeJudge({ spec: { template } }: DaemonSet): (node: Node) => NodeVerdict {
  const spec = template.spec ?? { containers: [] };
  const choice = nodeChoice(spec);
  const tolerations = tolerationsOf(spec);
  return ({ metadata: { name, labels = {} }, spec: { taints = [] } }) => {
    const isMeant = (!spec.nodeName || spec.nodeName === name) && choice.allows({ name, labels });
    const isDriven = taints.some(taint => taint.effect === 'NoExecute' && !isTolerated(taint, tolerations));
    return { shouldRun: isMeant && !isRepelled(taints, tolerations), mayStay: isMeant && !isDriven };
  };
}
