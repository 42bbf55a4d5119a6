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
export { ageColumn } from './age-column.ts';
export { age, humanDuration } from './human-duration.ts';
export { configMapKind } from './kinds/config-map.ts';
export { deploymentKind } from './kinds/deployment.ts';
export { endpointSliceKind } from './kinds/endpoint-slice.ts';
export { replicationControllerKind } from './kinds/replication-controller.ts';
export { endpointsKind } from './kinds/endpoints.ts';
export { eventKind } from './kinds/event.ts';
export { leaseKind } from './kinds/lease.ts';
export { namespaceKind } from './kinds/namespace.ts';
export { nodeKind } from './kinds/node.ts';
export { qosClass, qosOf } from './kinds/pod/pod-qos.ts';
export type { QosClass } from './kinds/pod/pod-qos.ts';
export { podKind } from './kinds/pod/pod.ts';
export { replicaSetKind } from './kinds/replica-set.ts';
export { secretKind } from './kinds/secret.ts';
export { serviceAccountKind } from './kinds/service-account.ts';
export { serviceKind } from './kinds/service.ts';
export { findKind, findKindOf, KINDS } from './registry.ts';
export { validateMetadata, validateMetadataUpdate } from './validation/metadata.ts';
export { loadDescriptions } from './schema/descriptions.ts';
export type { Descriptions } from './schema/descriptions.ts';
