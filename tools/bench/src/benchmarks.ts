import { apiReads } from './api-reads.ts';
import { apiWrites } from './api-writes.ts';
import type { Benchmark } from './benchmark.ts';
import { storeTransactions } from './store-transactions.ts';
import { watchFanOut } from './watch-fan-out.ts';

export const BENCHMARKS: readonly Benchmark[] = [storeTransactions, apiWrites, apiReads, watchFanOut];
