import { setInterval } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Apiserver, startApiserver } from './apiserver.ts';
import type { Benchmark, BenchContext } from './benchmark.ts';
import { RestConnection } from './rest-connection.ts';
import { quantile } from './statistics.ts';
import { openTimedWatch, openWatch, writeSteadily } from './timed-watch.ts';

const OTHERS = 50;
const OBJECTS = { count: 1_000, perSecond: 100, bytes: 20_000 } as const;
const SLOW_BYTES = 1_024;
const MEGABYTE = 1024 * 1024;

/** What comes in a round is 20 MB: a server that kept it for the slow one would be seen to grow. */
export const slowWatcher: Benchmark = {
  name: 'slow-watcher',
  about: `a watcher that reads 1 KB/s beside ${OTHERS} others: what it costs them, and the server`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const delays: number[] = [];
    const others = await Promise.all(Array.from({ length: OTHERS }, () => openTimedWatch(apiserver, delays)));
    try {
      await round('warm', { apiserver, delays, context });
      const without = await round('without', { apiserver, delays, context });
      const slow = await openWatch(apiserver);
      const stop = new AbortController();
      const reading = readSlowly(slow, stop.signal);
      const beside = await round('beside', { apiserver, delays, context });
      stop.abort();
      await reading;
      return [
        { name: 'p99 without', value: without.p99, unit: 'ms', better: 'lower' },
        { name: 'p99 beside', value: beside.p99, unit: 'ms', better: 'lower' },
        { name: 'growth without', value: without.grownBytes / MEGABYTE, unit: 'MB', better: 'lower' },
        { name: 'growth beside', value: beside.grownBytes / MEGABYTE, unit: 'MB', better: 'lower', target: 16 },
      ];
    } finally {
      for (const socket of others) socket.destroy();
    }
  },
};

interface Round {
  readonly apiserver: Apiserver;
  readonly delays: number[];
  readonly context: BenchContext;
}

async function round(prefix: string, { apiserver, delays, context }: Round): Promise<{ p99: number; grownBytes: number }> {
  using writer = await RestConnection.open(apiserver);
  const before = apiserver.residentBytes();
  delays.length = 0;
  await writeSteadily(writer, { ...OBJECTS, prefix });
  while (delays.length < OTHERS * OBJECTS.count) await sleep(50, undefined, { signal: context.signal });
  return { p99: quantile(delays, 0.99), grownBytes: apiserver.residentBytes() - before };
}

async function readSlowly(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  socket.pause();
  try {
    for await (const _ of setInterval(1_000, undefined, { signal })) socket.read(SLOW_BYTES);
  } catch {
    socket.destroy(); // our own abort
  }
}
