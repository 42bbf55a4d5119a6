import type { SelfSubjectReview, TokenReview } from '../../gen/types.ts';
import { defineKind } from '../../kind.ts';
import { required } from '../../validation/faults.ts';

const GROUP = { group: 'authentication.k8s.io', version: 'v1', columns: [], scope: 'Cluster', virtual: true } as const;

/** Who am I? */
export const selfSubjectReviewKind = defineKind<SelfSubjectReview>({
  ...GROUP,
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  schema: 'V1SelfSubjectReview',
});

/** Whose token is this? */
export const tokenReviewKind = defineKind<TokenReview>({
  ...GROUP,
  kind: 'TokenReview',
  plural: 'tokenreviews',
  schema: 'V1TokenReview',
  validate: ({ spec }) => (spec.token ? [] : required('spec.token', 'token is required for authentication')),
});
