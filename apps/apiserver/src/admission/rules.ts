import type { Authorizer, Rbac } from '@steersman/auth';
import type { Store } from '@steersman/store';
import type { CachedObjects } from '../cached-objects.ts';
import type { Lookup } from '../lookup.ts';
import type { AdmissionRule } from '../machine/admission.ts';
import { certificatesRule } from './certificates.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { priorityRule } from './priority.ts';
import { resourceQuotaRule } from './resource-quota.ts';
import { roleEscalationRule } from './role-escalation.ts';
import { runtimeClassRule } from './runtime-class.ts';
import { serviceAccountRule } from './service-account.ts';
import { serviceAllocation } from './services/service-allocation.ts';
import type { ServicePools } from './services/service-values.ts';

export interface AdmissionDeps {
  readonly store: Store;
  readonly lookup: Lookup;
  /** Knows all that is stored. */
  readonly current: Lookup;
  readonly objects: CachedObjects;
  readonly rbac: Rbac;
  readonly authorizer: Authorizer;
  readonly servicePools: ServicePools;
}

/** Every rule about writes, in upstream's order: what fills in comes before what counts. */
export const admissionRules = ({
  store,
  lookup,
  current,
  objects,
  rbac,
  authorizer,
  servicePools,
}: AdmissionDeps): readonly AdmissionRule[] => [
  namespaceLifecycle(current),
  limitRanger(objects),
  serviceAccountRule(lookup),
  nodeRestriction(lookup),
  priorityRule({ objects, lookup }),
  defaultTolerations,
  runtimeClassRule(lookup),
  certificatesRule(authorizer),
  roleEscalationRule({ rbac, authorizer }),
  serviceAllocation(store, servicePools),
  resourceQuotaRule({ store, objects }),
];
