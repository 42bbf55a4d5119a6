import type { Informer } from '@steersman/client';
import type { Controller } from '@steersman/controller';
import { labelSelectorFrom } from '@steersman/labels';
import { type ReplicationController, replicationControllerKind } from '@steersman/types';
import { type ReplicasDeps, replicasController } from './replicas.controller.ts';

export interface ReplicationControllerDeps extends ReplicasDeps {
  readonly replicationControllers: Informer<ReplicationController>;
}

export const replicationControllerController = ({ replicationControllers, ...deps }: ReplicationControllerDeps): Controller =>
  replicasController(deps, {
    kind: replicationControllerKind,
    owners: replicationControllers,
    selectorOf: ({ spec }) => labelSelectorFrom({ matchLabels: spec.selector ?? {} }),
    showsTerminating: false,
  });
