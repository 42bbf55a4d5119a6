import type { Informer } from '@steersman/client';
import type { Controller } from '@steersman/controller';
import { labelSelectorFrom } from '@steersman/labels';
import { type ReplicaSet, replicaSetKind } from '@steersman/types';
import { type ReplicasDeps, replicasController } from './replicas.controller.ts';

export interface ReplicaSetDeps extends ReplicasDeps {
  readonly replicaSets: Informer<ReplicaSet>;
}

export const replicaSetController = ({ replicaSets, ...deps }: ReplicaSetDeps): Controller =>
  replicasController(deps, {
    kind: replicaSetKind,
    owners: replicaSets,
    selectorOf: ({ spec }) => labelSelectorFrom(spec.selector),
    showsTerminating: true,
  });
