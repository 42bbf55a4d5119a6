import type { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApiserver } from './apiserver.ts';
import type { Benchmark } from './benchmark.ts';
import { RestConnection } from './rest-connection.ts';
import { quantile } from './statistics.ts';
import { openTimedWatch, writeSteadily } from './timed-watch.ts';

const WATCHERS = 1_000;
const WRITES = 500;
const WRITES_PER_SECOND = 50;
const OPENED_AT_ONCE = 50;

export const watchFanOut: Benchmark = {
  name: 'watch-fan-out',
  about: `${WATCHERS} watches over TLS, ${WRITES_PER_SECOND} writes/s: from the request of a write to the socket of each watcher`,
  async run(context) {
    await using apiserver = await startApiserver(context);
    const delays: number[] = [];
    const sockets: TLSSocket[] = [];
    try {
      for (let at = 0; at < WATCHERS; at += OPENED_AT_ONCE)
        sockets.push(...(await Promise.all(Array.from({ length: OPENED_AT_ONCE }, () => openTimedWatch(apiserver, delays)))));
      using writer = await RestConnection.open(apiserver);
      const cpuBefore = apiserver.cpuSeconds();
      await writeSteadily(writer, { count: WRITES, perSecond: WRITES_PER_SECOND });
      const enough = WATCHERS * WRITES;
      while (delays.length < enough) await sleep(50, undefined, { signal: context.signal });
      return [
        { name: 'p99', value: quantile(delays, 0.99), unit: 'ms', better: 'lower', target: 50 },
        { name: 'median', value: quantile(delays, 0.5), unit: 'ms', better: 'lower' },
        { name: 'deliveries', value: enough / (apiserver.cpuSeconds() - cpuBefore), unit: '/CPU s', better: 'higher', target: 30_000 },
      ];
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
};
