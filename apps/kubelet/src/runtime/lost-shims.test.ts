import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Slots, systemClock } from '@steersman/async';
import { silentLogger } from '@steersman/telemetry';
import { until } from '../../testing/until.ts';
import { endLostShims, systemShims } from './lost-shims.ts';

const SOCKET = '/run/c.sock';
const shim = (id: string, { socket = SOCKET, more = [] as readonly string[], namespace = 'k8s.io' } = {}) =>
  ['/usr/bin/containerd-shim-runc-v2', '-namespace', namespace, '-id', id, '-address', socket, ...more].join('\0') + '\0';

describe('systemShims', () => {
  it('finds those of one runtime', () => {
    const proc = mkdtempSync(join(tmpdir(), 'proc-'));
    const lines = {
      10: shim('ours'),
      11: shim('of-another', { socket: '/run/other.sock' }),
      12: shim('being-deleted', { more: ['delete'] }),
      13: shim('of-a-person', { namespace: 'default' }),
      14: `sh\0-c\0-address\0${SOCKET}\0`,
    };
    for (const [pid, line] of Object.entries(lines)) {
      mkdirSync(join(proc, pid));
      writeFileSync(join(proc, pid, 'cmdline'), line);
    }
    expect(systemShims(SOCKET, proc)).toEqual([{ pid: 10, sandboxId: 'ours' }]);
    rmSync(proc, { recursive: true });
  });
});

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

describe('endLostShims', () => {
  it('ends what the runtime does not know, once nothing is being made', async () => {
    const starts = new Slots(2);
    const making = await starts.take(stop.signal);
    const killed: number[] = [];
    const shims = [
      { pid: 1, sandboxId: 'known' },
      { pid: 2, sandboxId: 'made' },
      { pid: 3, sandboxId: 'lost' },
    ];
    let looks = 0;
    const known = [{ id: 'known' }];
    const deps = {
      cri: { listPodSandboxes: async () => known as never },
      socket: SOCKET,
      starts,
      startsAtOnce: 2,
      shims: () => {
        looks++;
        return shims.filter(({ pid }) => !killed.includes(pid));
      },
      kill: (pid: number) => void killed.push(pid),
      clock: { ...systemClock, sleep: () => pause(1) },
      log: silentLogger,
    };
    const running = endLostShims(deps, stop.signal);
    await until('the first look', () => looks === 2);
    expect(killed).toEqual([]);
    known.push({ id: 'made' });
    making[Symbol.dispose]();
    await until('its end', () => killed.length > 0);
    expect(killed).toEqual([3]);
    stop.abort();
    await running;
  });
});
