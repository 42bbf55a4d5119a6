import type { PodCondition } from '@steersman/types';

const OWN_CONDITIONS = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']);

/** Our own conditions as we last made them, and those of others as the API has them. */
export const withOthers = (own: readonly PodCondition[] = [], api: readonly PodCondition[] = []): PodCondition[] => [
  ...own.filter(({ type }) => OWN_CONDITIONS.has(type)),
  ...api.filter(({ type }) => !OWN_CONDITIONS.has(type) || !own.some(condition => condition.type === type)),
];
