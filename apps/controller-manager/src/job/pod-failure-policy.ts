import type { ContainerStatus, Job, Pod, PodFailurePolicyRule } from '@steersman/types';

export interface PolicyVerdict {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  /** What matched, in upstream's words. */
  readonly message: string;
}

/** What the first rule that matches a failed pod says; a pod that matches none counts. */
export function judgeFailure({ spec }: Job, pod: Pod): PolicyVerdict {
  for (const [at, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const what = matched(rule, pod);
    if (what !== undefined)
      return { action: rule.action as PolicyVerdict['action'], message: `${what} matching ${rule.action} rule at index ${at}` };
  }
  return { action: 'Count', message: '' };
}

function matched({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata;
  if (onExitCodes) {
    const container = containersOf(pod).find(status => isMeant(onExitCodes, status));
    return (
      container && `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${container.state?.terminated?.exitCode}`
    );
  }
  const condition = pod.status.conditions?.find(({ type, status }) =>
    onPodConditions.some(pattern => pattern.type === type && (pattern.status ?? 'True') === status),
  );
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

const containersOf = ({ status }: Pod): readonly ContainerStatus[] => [
  ...(status.containerStatuses ?? []),
  ...(status.initContainerStatuses ?? []),
];

/** Exit code 0 is no failure, whatever the rule says. */
function isMeant(
  { containerName, operator, values }: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  { name, state }: ContainerStatus,
): boolean {
  const exitCode = state?.terminated?.exitCode;
  if (exitCode === undefined || exitCode === 0 || (containerName && containerName !== name)) return false;
  return values.includes(exitCode) === (operator === 'In');
}
