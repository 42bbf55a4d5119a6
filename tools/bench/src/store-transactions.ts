import { join } from 'node:path';
import { openLmdbStore } from '@steersman/store';
import type { Benchmark } from './benchmark.ts';
import { drive } from './load.ts';
import { quantile } from './statistics.ts';

const WRITERS = 64;
const COUNT = 60_000;
const VALUE_BYTES = 2_000;

export const storeTransactions: Benchmark = {
  name: 'store-transactions',
  about: `durable compare-and-swap writes of ${VALUE_BYTES} bytes, ${WRITERS} writers`,
  async run({ scratch }) {
    await using store = await openLmdbStore({ dir: join(scratch, 'store') });
    const value = Buffer.alloc(VALUE_BYTES, 'v');
    const write = (_: number, at: number): Promise<unknown> => {
      const key = `/registry/core/pods/default/pod-${at}`;
      return store.transact({ compares: [{ key, modRevision: 0 }], write: { type: 'put', key, value } });
    };
    const { perSecond, latencies } = await drive(
      Array.from({ length: WRITERS }, (_, at) => at),
      COUNT,
      write,
    );
    return [
      { name: 'transactions', value: perSecond, unit: '/s', better: 'higher', target: 20_000 },
      { name: 'p99', value: quantile(latencies, 0.99), unit: 'ms', better: 'lower' },
    ];
  },
};
