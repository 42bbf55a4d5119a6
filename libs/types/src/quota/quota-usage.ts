import type { Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service } from '../gen/types.ts';
import type { Kind } from '../kind.ts';
import { type Amounts, podResources, sum } from '../kinds/pod/pod-resources.ts';
import { qosOf } from '../kinds/pod/pod-qos.ts';
import { podKind } from '../kinds/pod/pod.ts';
import { COUNTED_BY_NAME } from '../kinds/resource-quota.ts';
import { serviceKind } from '../kinds/service.ts';
import type { ApiObject } from '../meta.ts';

/** What an object takes of quotas, by the names that stand in `spec.hard`. */
export function quotaUsage(kind: Kind, object: ApiObject): Amounts {
  const { group, plural } = kind;
  const counted = { [`count/${plural}${group ? `.${group}` : ''}`]: '1' };
  if (kind === podKind) return { ...counted, ...podUsage(object as Pod) }; // the kind says so
  if (kind === serviceKind) return { ...counted, ...serviceUsage(object as Service) };
  return { ...counted, ...(group === '' && (COUNTED_BY_NAME as readonly string[]).includes(plural) && { [plural]: '1' }) };
}

/** A pod that has ended uses nothing any more; it is still there. */
function podUsage({ spec, status }: Pod): Amounts {
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return {};
  const { requests, limits } = podResources(spec);
  const prefixed = (prefix: string, amounts: Amounts): Amounts =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [`${prefix}.${name}`, amount]));
  return { pods: '1', ...requests, ...prefixed('requests', requests), ...prefixed('limits', limits) };
}

function serviceUsage({ spec: { type, ports = [] } }: Service): Amounts {
  const nodePorts = ports.filter(({ nodePort }) => nodePort).length;
  return {
    services: '1',
    ...((type === 'NodePort' || type === 'LoadBalancer') && {
      'services.nodeports': String(type === 'NodePort' ? ports.length : nodePorts),
    }),
    ...(type === 'LoadBalancer' && { 'services.loadbalancers': '1' }),
  };
}

/** Whether a quota counts the object: with scopes only pods, and of them those all scopes mean. */
export function quotaCovers({ spec: { scopes = [], scopeSelector } }: ResourceQuota, kind: Kind, object: ApiObject): boolean {
  const expressions = [...scopes.map(scopeName => ({ scopeName, operator: 'Exists' })), ...(scopeSelector?.matchExpressions ?? [])];
  if (expressions.length === 0) return true;
  return kind === podKind && expressions.every(expression => isInScope(expression, object as Pod));
}

function isInScope({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  const { activeDeadlineSeconds, priorityClassName } = pod.spec;
  switch (scopeName) {
    case 'Terminating':
      return activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosOf(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosOf(pod) !== 'BestEffort';
    case 'PriorityClass':
      return holds(operator, priorityClassName || undefined, values);
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(pod);
    default:
      return false;
  }
}

function holds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  return (value !== undefined && values.includes(value)) === (operator === 'In');
}

function crossesNamespaces({ spec: { affinity } }: Pod): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap(kind => [
    ...(kind?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(kind?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined);
}

/** The usage of everything counted, of the names in `hard`; what nothing uses is 0. */
export function usedOf(hard: Amounts, usages: readonly Amounts[]): Amounts {
  const total = usages.reduce(sum, {});
  return Object.fromEntries(Object.keys(hard).map(name => [name, total[name] ?? '0']));
}
