/**
 * A process that writes to a store, and watches it, until it is killed. Each line it prints is a promise:
 * `acknowledged <key> <revision>` or `watched <key> <revision>`.
 */
import { openLmdbStore } from '../../src/lmdb/open-lmdb-store.ts';

const store = await openLmdbStore({ dir: process.argv[2] ?? '', reserveBytes: 1_048_576 });

async function write(worker: number): Promise<never> {
  for (let at = 0; ; at++) {
    const key = `/a/${worker}-${at}`;
    const { revision } = await store.transact({
      compares: [{ key, modRevision: 0 }],
      write: { type: 'put', key, value: Buffer.alloc(2_000, key) },
    });
    process.stdout.write(`acknowledged ${key} ${revision}\n`);
  }
}

async function watch(): Promise<void> {
  const range = { start: '/a/', end: '/a0', afterRevision: await store.revision() };
  for await (const { events } of store.watch(range, new AbortController().signal)) {
    for (const event of events) if (event.type === 'put') process.stdout.write(`watched ${event.kv.key} ${event.kv.modRevision}\n`);
  }
}

await Promise.all([watch(), ...Array.from({ length: 16 }, (_, worker) => write(worker))]);
