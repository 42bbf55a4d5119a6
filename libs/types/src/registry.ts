import type { Kind } from './kind.ts';
import {
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  subjectAccessReviewKind,
} from './kinds/access/access-reviews.ts';
import { clusterRoleBindingKind } from './kinds/access/cluster-role-binding.ts';
import { clusterRoleKind } from './kinds/access/cluster-role.ts';
import { selfSubjectReviewKind, tokenReviewKind } from './kinds/access/identity-reviews.ts';
import { roleBindingKind } from './kinds/access/role-binding.ts';
import { roleKind } from './kinds/access/role.ts';
import { certificateSigningRequestKind } from './kinds/certificates/certificate-signing-request.ts';
import { configMapKind } from './kinds/config-map.ts';
import { deploymentKind } from './kinds/deployment.ts';
import { endpointSliceKind } from './kinds/endpoint-slice.ts';
import { replicationControllerKind } from './kinds/replication-controller.ts';
import { daemonSetKind } from './kinds/daemon-set.ts';
import { controllerRevisionKind } from './kinds/controller-revision.ts';
import { jobKind } from './kinds/job.ts';
import { statefulSetKind } from './kinds/stateful-set.ts';
import { cronJobKind } from './kinds/cron-job.ts';
import { podDisruptionBudgetKind } from './kinds/pod-disruption-budget.ts';
import { podTemplateKind } from './kinds/pod-template.ts';
import { priorityClassKind } from './kinds/priority-class.ts';
import { runtimeClassKind } from './kinds/runtime-class.ts';
import { limitRangeKind } from './kinds/limit-range.ts';
import { resourceQuotaKind } from './kinds/resource-quota.ts';
import { endpointsKind } from './kinds/endpoints.ts';
import { eventKind } from './kinds/event.ts';
import { leaseKind } from './kinds/lease.ts';
import { namespaceKind } from './kinds/namespace.ts';
import { nodeKind } from './kinds/node.ts';
import { podKind } from './kinds/pod/pod.ts';
import { replicaSetKind } from './kinds/replica-set.ts';
import { ingressClassKind } from './kinds/network/ingress-class.ts';
import { ingressKind } from './kinds/network/ingress.ts';
import { ipAddressKind } from './kinds/network/ip-address.ts';
import { networkPolicyKind } from './kinds/network/network-policy.ts';
import { serviceCidrKind } from './kinds/network/service-cidr.ts';
import { secretKind } from './kinds/secret.ts';
import { serviceAccountKind } from './kinds/service-account.ts';
import { serviceKind } from './kinds/service.ts';

/** Every kind that is served. A kind that is in this list is served, stored, watched, printed, discovered and documented. */
export const KINDS: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  namespaceKind,
  nodeKind,
  podKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  deploymentKind,
  replicaSetKind,
  ingressClassKind,
  ingressKind,
  ipAddressKind,
  networkPolicyKind,
  serviceCidrKind,
  leaseKind,
  resourceQuotaKind,
  limitRangeKind,
  runtimeClassKind,
  priorityClassKind,
  podTemplateKind,
  podDisruptionBudgetKind,
  cronJobKind,
  statefulSetKind,
  jobKind,
  controllerRevisionKind,
  daemonSetKind,
  replicationControllerKind,
  endpointSliceKind,
  clusterRoleBindingKind,
  clusterRoleKind,
  roleBindingKind,
  roleKind,
  certificateSigningRequestKind,
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  subjectAccessReviewKind,
  selfSubjectReviewKind,
  tokenReviewKind,
];

/** Kinds whose objects exist. */
export const STORED_KINDS: readonly Kind[] = KINDS.filter(({ virtual }) => !virtual);

const byResource = new Map(KINDS.map(kind => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));

export const findKind = ({ group, version, plural }: Pick<Kind, 'group' | 'version' | 'plural'>): Kind | undefined =>
  byResource.get(`${group}/${version}/${plural}`);

/** By `apiVersion` and `kind`, as an object names itself. */
export const findKindOf = (apiVersion: string, kind: string): Kind | undefined =>
  KINDS.find(known => known.kind === kind && (known.group ? `${known.group}/${known.version}` : known.version) === apiVersion);
