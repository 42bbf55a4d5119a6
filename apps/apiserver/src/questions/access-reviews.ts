import { type Attributes, type Authorizer, nodeNameOf, type Rbac, type User } from '@steersman/auth';
import {
  type LocalSubjectAccessReview,
  localSubjectAccessReviewKind,
  type NonResourceAttributes,
  type ResourceAttributes,
  selfSubjectAccessReviewKind,
  type SelfSubjectAccessReview,
  type SelfSubjectRulesReview,
  selfSubjectRulesReviewKind,
  type SubjectAccessReview,
  subjectAccessReviewKind,
  type SubjectAccessReviewSpec,
  type SubjectRulesReviewStatus,
} from '@steersman/types';
import { badRequest } from '../machine/errors.ts';
import type { Responder } from '../machine/questions.ts';

export interface AccessReviewDeps {
  readonly authorizer: Authorizer;
  readonly rbac: Rbac;
}

/** Who may do what, as anybody can ask. */
export function accessReviews({ authorizer, rbac }: AccessReviewDeps): readonly Responder[] {
  const status = (user: User, asked: Asked): object => ({ status: { allowed: authorizer.allows(attributesOf(user, asked)) } });
  const self: Responder<SelfSubjectAccessReview> = {
    kind: selfSubjectAccessReviewKind,
    subresource: '',
    answer: ({ user, body }) => status(user, body.spec),
  };
  const other: Responder<SubjectAccessReview> = {
    kind: subjectAccessReviewKind,
    subresource: '',
    answer: ({ body }) => status(userOf(body.spec), body.spec),
  };
  const local: Responder<LocalSubjectAccessReview> = {
    kind: localSubjectAccessReviewKind,
    subresource: '',
    answer: ({ body }) => status(userOf(body.spec), body.spec),
  };
  const rules: Responder<SelfSubjectRulesReview> = {
    kind: selfSubjectRulesReviewKind,
    subresource: '',
    answer({ user, body }) {
      if (!body.spec.namespace) throw badRequest('no namespace on request');
      return { status: rulesStatus(rbac, user, body.spec.namespace) };
    },
  };
  return [self, other, local, rules] as readonly Responder[]; // each is asked with bodies of its own kind only
}

interface Asked {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

function attributesOf(user: User, { resourceAttributes, nonResourceAttributes }: Asked): Attributes {
  const { verb = '', group = '', resource = '', subresource = '', namespace = '', name = '', fieldSelector } = resourceAttributes ?? {};
  if (nonResourceAttributes) {
    const { path = '' } = nonResourceAttributes;
    return { user, verb: nonResourceAttributes.verb ?? '', group: '', resource: '', subresource: '', namespace: '', name: '', path };
  }
  const equal = (fieldSelector?.requirements ?? []).flatMap(({ key, operator, values = [] }) =>
    operator === 'In' && values.length === 1 ? [[key, values[0] ?? ''] as const] : [],
  );
  return { user, verb, group, resource, subresource, namespace, name, path: '', fields: Object.fromEntries(equal) };
}

const userOf = ({ user = '', groups = [], uid, extra }: SubjectAccessReviewSpec): User => ({
  name: user,
  groups,
  ...(uid !== undefined && { uid }),
  ...(extra && { extra }),
});

function rulesStatus(rbac: Rbac, user: User, namespace: string): SubjectRulesReviewStatus {
  const rules = rbac.rulesFor(user, namespace);
  const isNode = nodeNameOf(user) !== undefined;
  return {
    resourceRules: rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
      resources ? [{ verbs, ...(apiGroups && { apiGroups }), resources, ...(resourceNames && { resourceNames }) }] : [],
    ),
    nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) => (nonResourceURLs ? [{ verbs, nonResourceURLs }] : [])),
    incomplete: isNode,
    ...(isNode && { evaluationError: 'node authorizer does not support user rule resolution' }),
  };
}
