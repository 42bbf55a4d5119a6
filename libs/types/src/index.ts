export { invalid, messageOf } from './field-error.ts';
export type { FieldError } from './field-error.ts';
export { defineKind, groupVersion } from './kind.ts';
export type { Column, Kind, NodeTarget, Scale, Subresource, WriteContext } from './kind.ts';
export { controllerOf, keyOf, splitKey } from './meta.ts';
export type { ApiObject, Key, New, ObjectMeta, OwnerReference } from './meta.ts';
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  quantityValue,
} from './quantity.ts';
export type { Quantity } from './quantity.ts';
export { normalize } from './schema/normalize.ts';
export type { Normalized } from './schema/normalize.ts';
export { goType, schemaOf } from './schema/schema.ts';
export type { FieldSchema, ObjectSchema, Scalar, TypeSchema } from './schema/schema.ts';
export type * from './gen/types.ts';
export { applyJsonPatch } from './patch/json-patch.ts';
export { applyMergePatch } from './patch/merge-patch.ts';
export { jsonEquals } from './patch/pointer.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge-patch.ts';
export { parseCron } from './cron/cron-schedule.ts';
export type { CronSchedule } from './cron/cron-schedule.ts';
export { ageColumn } from './age-column.ts';
export { age, humanDuration } from './human-duration.ts';
export {
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  subjectAccessReviewKind,
} from './kinds/access/access-reviews.ts';
export { clusterRoleBindingKind } from './kinds/access/cluster-role-binding.ts';
export { clusterRoleKind } from './kinds/access/cluster-role.ts';
export { selfSubjectReviewKind, tokenReviewKind } from './kinds/access/identity-reviews.ts';
export { roleBindingKind } from './kinds/access/role-binding.ts';
export { RBAC_GROUP } from './kinds/access/role-validation.ts';
export { roleKind } from './kinds/access/role.ts';
export { certificateSigningRequestKind } from './kinds/certificates/certificate-signing-request.ts';
export { configMapKind } from './kinds/config-map.ts';
export { deploymentKind } from './kinds/deployment.ts';
export { endpointSliceKind } from './kinds/endpoint-slice.ts';
export { replicationControllerKind } from './kinds/replication-controller.ts';
export { daemonSetKind } from './kinds/daemon-set.ts';
export { controllerRevisionKind } from './kinds/controller-revision.ts';
export { jobKind } from './kinds/job.ts';
export { statefulSetKind } from './kinds/stateful-set.ts';
export { cronJobKind } from './kinds/cron-job.ts';
export { podDisruptionBudgetKind } from './kinds/pod-disruption-budget.ts';
export { podTemplateKind } from './kinds/pod-template.ts';
export { priorityClassKind, SYSTEM_PRIORITY_CLASSES } from './kinds/priority-class.ts';
export { runtimeClassKind } from './kinds/runtime-class.ts';
export { limitRangeKind } from './kinds/limit-range.ts';
export { resourceQuotaKind } from './kinds/resource-quota.ts';
export { endpointsKind } from './kinds/endpoints.ts';
export { eventKind } from './kinds/event.ts';
export { leaseKind } from './kinds/lease.ts';
export { namespaceKind } from './kinds/namespace.ts';
export { nodeKind } from './kinds/node.ts';
export { qosClass, qosOf } from './kinds/pod/pod-qos.ts';
export type { QosClass } from './kinds/pod/pod-qos.ts';
export { ingressClassKind } from './kinds/network/ingress-class.ts';
export { ingressKind } from './kinds/network/ingress.ts';
export { ipAddressKind } from './kinds/network/ip-address.ts';
export { networkPolicyKind } from './kinds/network/network-policy.ts';
export { serviceCidrKind } from './kinds/network/service-cidr.ts';
export { podKind } from './kinds/pod/pod.ts';
export { podResources, sum as sumAmounts } from './kinds/pod/pod-resources.ts';
export type { Amounts } from './kinds/pod/pod-resources.ts';
export { quotaCovers, quotaUsage, usedOf } from './quota/quota-usage.ts';
export { replicaSetKind } from './kinds/replica-set.ts';
export { secretKind } from './kinds/secret.ts';
export { serviceAccountKind } from './kinds/service-account.ts';
export { needsNodePorts } from './kinds/service/service-ports.ts';
export { serviceKind } from './kinds/service.ts';
export { findKind, findKindOf, KINDS, STORED_KINDS } from './registry.ts';
export { validateMetadata, validateMetadataUpdate } from './validation/metadata.ts';
export { loadDescriptions } from './schema/descriptions.ts';
export type { Descriptions } from './schema/descriptions.ts';
export { cidrContains, ipText, networkOf, parseCidr, parseIp } from './validation/cidr.ts';
export type { Cidr, IpAddressValue } from './validation/cidr.ts';
