export { FakeClient } from './fake-client.ts';
export type { FakeCall, FakeClientOptions } from './fake-client.ts';
export { eventually, FakeClock, settled } from './fake-clock.ts';
export { FakeStore } from './fake-store.ts';
export { longRun, seededRandom } from './long-run.ts';
export type { LongRun } from './long-run.ts';
