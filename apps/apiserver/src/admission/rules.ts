import type { Authorizer, Rbac } from '@steersman/auth';
import type { Store } from '@steersman/store';
import type { Lookup } from '../lookup.ts';
import type { AdmissionRule } from '../machine/admission.ts';
import { type AddressRange, clusterIps } from './cluster-ips.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { priorityRule } from './priority.ts';
import { roleEscalationRule } from './role-escalation.ts';
import { serviceAccountRule } from './service-account.ts';

export interface AdmissionDeps {
  readonly store: Store;
  readonly lookup: Lookup;
  readonly rbac: Rbac;
  readonly authorizer: Authorizer;
  readonly serviceRange: AddressRange;
}

/** Every rule about writes, in upstream's order: what fills in comes before what counts. */
export const admissionRules = ({ store, lookup, rbac, authorizer, serviceRange }: AdmissionDeps): readonly AdmissionRule[] => [
  namespaceLifecycle(store),
  serviceAccountRule(lookup),
  nodeRestriction(lookup),
  priorityRule,
  defaultTolerations,
  roleEscalationRule({ rbac, authorizer }),
  clusterIps(store, serviceRange),
];
