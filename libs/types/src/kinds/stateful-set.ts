import type { PodTemplateSpec, StatefulSet, StatefulSetSpec } from '../gen/types.ts';
import { defineKind } from '../kind.ts';
import { jsonEquals } from '../patch/pointer.ts';
import { numberOrPercent } from '../validation/amounts.ts';
import { each, type Faults, forbidden, invalidValue, notNegative, required } from '../validation/faults.ts';
import { defaultWorkload, templateColumns, validateWorkload, workloadScale } from './workload.ts';

const FIXED =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export const statefulSetKind = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  schema: 'V1StatefulSet',
  subresources: [{ name: 'status' }, workloadScale],
  columns: [
    {
      name: 'Ready',
      description: 'Number of the pod with ready state',
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    ...templateColumns,
  ],
  defaults(draft) {
    const { spec } = draft;
    defaultWorkload(draft);
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate')
      spec.updateStrategy.rollingUpdate = { partition: 0, ...spec.updateStrategy.rollingUpdate };
    spec.revisionHistoryLimit ??= 10;
    spec.persistentVolumeClaimRetentionPolicy = {
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
      ...spec.persistentVolumeClaimRetentionPolicy,
    };
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ??= 'v1';
      claim.kind ??= 'PersistentVolumeClaim';
      claim.spec.volumeMode ??= 'Filesystem';
      claim.status = { phase: 'Pending', ...claim.status };
    }
  },
  prepareForCreate(draft) {
    draft.status = { replicas: 0 };
  },
  validate: set => [
    ...validatePolicy(set.spec.podManagementPolicy),
    ...validateStrategy(set.spec.updateStrategy),
    ...notNegative('spec.minReadySeconds', set.spec.minReadySeconds),
    ...notNegative('spec.ordinals.start', set.spec.ordinals?.start),
    ...notNegative('spec.revisionHistoryLimit', set.spec.revisionHistoryLimit),
    ...validateWorkload({ ...set, spec: { ...set.spec, template: withClaims(set.spec) } }, 'statefulset'),
    ...each(set.spec.volumeClaimTemplates, 'spec.volumeClaimTemplates', ({ metadata }, field) =>
      metadata?.name ? [] : required(`${field}.metadata.name`),
    ),
  ],
  validateUpdate: (next, prev) => (jsonEquals(fixedParts(next.spec), fixedParts(prev.spec)) ? [] : forbidden('spec', FIXED)),
});

const fixedParts = ({
  replicas: _,
  ordinals: __,
  template: ___,
  updateStrategy: ____,
  revisionHistoryLimit: _____,
  persistentVolumeClaimRetentionPolicy: ______,
  minReadySeconds: _______,
  ...rest
}: StatefulSetSpec): object => rest;

/** Each claim is a volume of that name, which containers may mount. */
function withClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (!template?.spec) return template;
  const claims = volumeClaimTemplates.flatMap(({ metadata }) =>
    metadata?.name ? [{ name: metadata.name, persistentVolumeClaim: { claimName: metadata.name } }] : [],
  );
  const others = (template.spec.volumes ?? []).filter(({ name }) => !claims.some(claim => claim.name === name));
  return { ...template, spec: { ...template.spec, volumes: [...others, ...claims] } };
}

function validatePolicy(policy: string | undefined): Faults {
  const field = 'spec.podManagementPolicy';
  if (!policy) return required(field);
  return policy === 'OrderedReady' || policy === 'Parallel' ? [] : invalidValue(field, policy, "must be 'OrderedReady' or 'Parallel'");
}

function validateStrategy(strategy: StatefulSetSpec['updateStrategy'] = {}): Faults {
  const field = 'spec.updateStrategy';
  const { type, rollingUpdate } = strategy;
  if (type === 'OnDelete')
    return rollingUpdate ? invalidValue(`${field}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'") : [];
  if (type !== 'RollingUpdate') return invalidValue(field, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  return [
    ...notNegative(`${field}.rollingUpdate.partition`, rollingUpdate?.partition),
    ...numberOrPercent(`${field}.rollingUpdate.maxUnavailable`, rollingUpdate?.maxUnavailable),
    ...(rollingUpdate?.maxUnavailable === 0 ? invalidValue(`${field}.rollingUpdate.maxUnavailable`, 0, 'cannot be 0') : []),
  ];
}
