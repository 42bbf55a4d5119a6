import { apiReads } from './api-reads.ts';
import { apiWrites } from './api-writes.ts';
import type { Benchmark } from './benchmark.ts';
import { podsAtOnce, podStart } from './pod-start.ts';
import { dns } from './dns.ts';
import { idle } from './idle.ts';
import { lists } from './lists.ts';
import { podLives } from './pod-lives.ts';
import { restart } from './restart.ts';
import { scheduling } from './scheduling.ts';
import { services } from './services.ts';
import { slowWatcher } from './slow-watcher.ts';
import { storeTransactions } from './store-transactions.ts';
import { up } from './up.ts';
import { watchFanOut } from './watch-fan-out.ts';

export const BENCHMARKS: readonly Benchmark[] = [
  storeTransactions,
  apiWrites,
  apiReads,
  watchFanOut,
  slowWatcher,
  lists,
  restart,
  podLives,
  scheduling,
  services,
  dns,
  up,
  podStart,
  podsAtOnce,
  idle,
];
