import type { Pod } from '@steersman/types';
import { REVISION_LABEL } from '../history/revision-history.ts';
import { hasEnded, isReady } from '../pods.ts';
import type { NodeVerdict } from './daemon-nodes.ts';

/** One node and the pods the DaemonSet has there. */
export interface DaemonNode extends NodeVerdict {
  readonly name: string;
  readonly pods: readonly Pod[];
}

export interface DaemonStep {
  /** Nodes that get a pod. */
  readonly create: readonly string[];
  readonly delete: readonly Pod[];
  /** Pods that have ended; they are deleted too, but not more often than their node's back-off allows. */
  readonly ended: readonly Pod[];
}

export interface StepOptions {
  /** Of the present template. */
  readonly hash: string;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly isAvailable: (pod: Pod) => boolean;
}

const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
const isNew = ({ metadata }: Pod, hash: string): boolean => metadata.labels?.[REVISION_LABEL] === hash;

/** Pods already on a node before others, then the oldest. */
const byAge = (a: Pod, b: Pod): number =>
  Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) ||
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

/** One pod on each node that should have one, none elsewhere (upstream's podsShouldBeOnNode). */
export function placementStep(nodes: readonly DaemonNode[], options: StepOptions): DaemonStep {
  const steps = nodes.map(node => nodeStep(node, options));
  return {
    create: steps.flatMap(step => step.create),
    delete: steps.flatMap(step => step.delete),
    ended: steps.flatMap(step => step.ended),
  };
}

function nodeStep({ name, pods, shouldRun, mayStay }: DaemonNode, options: StepOptions): DaemonStep {
  const standing = pods.filter(pod => !isLeaving(pod));
  if (shouldRun && pods.length === 0) return { create: [name], delete: [], ended: [] };
  if (!mayStay) return { create: [], delete: standing, ended: [] };
  const running = standing.filter(pod => !hasEnded(pod)).sort(byAge);
  return {
    create: [],
    delete: options.maxSurge === 0 ? running.slice(1) : surplusOfSurge(running, options),
    ended: standing.filter(hasEnded),
  };
}

/** While one is replaced there may be an old and a new pod; the old one goes when it serves no more, or the new one does. */
function surplusOfSurge(running: readonly Pod[], { hash, isAvailable }: StepOptions): readonly Pod[] {
  const [next, prev] = [running.find(pod => isNew(pod, hash)), running.find(pod => !isNew(pod, hash))];
  const surplus = running.filter(pod => pod !== next && pod !== prev);
  return next && prev && (!isReady(prev) || isAvailable(next)) ? [...surplus, prev] : surplus;
}

/** The next step of a rolling update, when every node has what `placementStep` wants. */
export const rollingStep = (nodes: readonly DaemonNode[], options: StepOptions): DaemonStep => {
  const meant = nodes.filter(({ shouldRun }) => shouldRun);
  return options.maxSurge === 0 ? replaceStep(meant, options) : surgeStep(meant, options);
};

/** Old pods that are not available cost nothing; of the others as many go as may be missing. */
function replaceStep(nodes: readonly DaemonNode[], { hash, maxUnavailable, isAvailable }: StepOptions): DaemonStep {
  let unavailable = 0;
  const free: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { pods } of nodes) {
    const [pod, more] = pods;
    if (!pod || more || isLeaving(pod) || !isAvailable(pod)) unavailable++;
    if (!pod || more || isLeaving(pod) || isNew(pod, hash)) continue;
    (isAvailable(pod) ? candidates : free).push(pod);
  }
  return { create: [], delete: [...free, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))], ended: [] };
}

/** New pods start beside the old ones; those beside pods that are not available are not counted. */
function surgeStep(nodes: readonly DaemonNode[], { hash, maxSurge, isAvailable }: StepOptions): DaemonStep {
  let surging = 0;
  const free: string[] = [];
  const candidates: string[] = [];
  for (const { name, pods } of nodes) {
    const prev = pods.find(pod => !isNew(pod, hash));
    if (!prev) continue;
    if (pods.some(pod => isNew(pod, hash))) surging++;
    else if (!isLeaving(prev)) (isAvailable(prev) ? candidates : free).push(name);
  }
  return { create: [...free, ...candidates.slice(0, Math.max(0, maxSurge - surging))], delete: [], ended: [] };
}
