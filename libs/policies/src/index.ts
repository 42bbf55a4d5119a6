export type { AddressRange } from './address-ranges.ts';
export { mayPass } from './may-pass.ts';
export type { Packet } from './may-pass.ts';
export { planChanges } from './plan-changes.ts';
export type { Difference, PlanChanges } from './plan-changes.ts';
export { planPolicies } from './plan-policies.ts';
export type { PolicyWorld } from './plan-policies.ts';
export type { Allowance, Endpoint, IsolatedPod, PeerSet, PolicyPlan, PortRange } from './policy-plan.ts';
