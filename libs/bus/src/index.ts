export { connectBus } from './connect-bus.ts';
export type { Bus, BusOptions } from './connect-bus.ts';
export { subjects } from './subjects.ts';
export type { FeedChange } from './subjects.ts';
