/** A process that writes until it is killed, and says what was acknowledged: "key revision" per line. */
import { openLmdbStore } from '../src/lmdb/open-lmdb-store.ts';

const store = await openLmdbStore({ dir: process.argv[2] ?? '', reserveBytes: 1_048_576 });

async function write(worker: number): Promise<never> {
  for (let at = 0; ; at++) {
    const key = `/a/${worker}-${at}`;
    const result = await store.transact({
      compares: [{ key, modRevision: 0 }],
      write: { type: 'put', key, value: Buffer.alloc(500, key) },
    });
    process.stdout.write(`${key} ${result.revision}\n`);
  }
}

await Promise.all([1, 2, 3, 4].map(write));
