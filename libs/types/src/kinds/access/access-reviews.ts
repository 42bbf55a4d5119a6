import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectAccessReviewSpec,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { type Faults, invalidValue } from '../../validation/faults.ts';

const GROUP = { group: 'authorization.k8s.io', version: 'v1', columns: [], virtual: true } as const;

/** May somebody do something? */
export const subjectAccessReviewKind = defineKind<SubjectAccessReview>({
  ...GROUP,
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  scope: 'Cluster',
  schema: 'V1SubjectAccessReview',
  validate: ({ spec }) => [...validateAsked(spec), ...validateSubject(spec)],
});

/** The same, asked by whoever may ask in one namespace only. */
export const localSubjectAccessReviewKind = defineKind<LocalSubjectAccessReview>({
  ...GROUP,
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  scope: 'Namespaced',
  schema: 'V1LocalSubjectAccessReview',
  validate: ({ spec, metadata }) => [
    ...validateAsked(spec),
    ...validateSubject(spec),
    ...(spec.resourceAttributes && spec.resourceAttributes.namespace !== metadata.namespace
      ? invalidValue('spec.resourceAttributes.namespace', spec.resourceAttributes.namespace ?? '', 'must match metadata.namespace')
      : []),
    ...(spec.nonResourceAttributes
      ? invalidValue('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request')
      : []),
  ],
});

/** May I do something? */
export const selfSubjectAccessReviewKind = defineKind<SelfSubjectAccessReview>({
  ...GROUP,
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  scope: 'Cluster',
  schema: 'V1SelfSubjectAccessReview',
  validate: ({ spec }) => validateAsked(spec),
});

/** What may I do? */
export const selfSubjectRulesReviewKind = defineKind<SelfSubjectRulesReview>({
  ...GROUP,
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  scope: 'Cluster',
  schema: 'V1SelfSubjectRulesReview',
});

function validateAsked({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): Faults {
  if (resourceAttributes && nonResourceAttributes)
    return invalidValue('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes');
  if (resourceAttributes ?? nonResourceAttributes) return [];
  return invalidValue('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified');
}

const validateSubject = ({ user, groups = [] }: SubjectAccessReviewSpec): Faults =>
  user || groups.length > 0 ? [] : invalidValue('spec.user', '', 'at least one of user or group must be specified');
