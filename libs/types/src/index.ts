export { invalid, messageOf } from './field-error.ts';
export type { FieldError } from './field-error.ts';
export { defineKind, groupVersion } from './kind.ts';
export type { Column, Kind, NodeTarget, Scale, Subresource, WriteContext } from './kind.ts';
export { controllerOf, keyOf, splitKey } from './meta.ts';
export type { ApiObject, Key, New, ObjectMeta, OwnerReference } from './meta.ts';
