export { Scheduler } from './scheduler.ts';
export type { Decision, SchedulingEvent, Step } from './scheduler.ts';
export { podRequests } from './pod-requests.ts';
export type { PodRequests } from './pod-requests.ts';
export type { NodeExplanation, Refusal } from './explain.ts';
export { nodeChoice } from './node-affinity.ts';
export type { NodeChoice, NodeFacts } from './node-affinity.ts';
export { isRepelled, isTolerated } from './taints.ts';
