import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { familyOf } from '@steersman/endpoints';
import type { CounterCell, Logger } from '@steersman/telemetry';
import type { StaleFlows } from './stale-flows.ts';

export interface Conntrack {
  end(flows: readonly StaleFlows[], signal: AbortSignal): Promise<void>;
}

export interface ConntrackOptions {
  /** How conntrack(8) is called. */
  readonly program?: readonly string[];
  readonly deleted: CounterCell;
  readonly log: Logger;
}

/** Ends flows with conntrack(8). Where it is missing they end by themselves after 30 s to 2 min without a packet; that is told once. */
export function conntrack({ program = ['conntrack'], deleted, log }: ConntrackOptions): Conntrack {
  let missing = false;
  return {
    async end(flows, signal) {
      for (const flow of flows) {
        if (missing) return;
        const outcome = await run(program, argumentsFor(flow), signal);
        if (outcome === 'ended') deleted.add();
        if (outcome !== 'missing') continue;
        missing = true;
        log.warn(
          'conntrack is not installed: UDP clients that keep sending stay with backends that are gone; install the package conntrack',
        );
      }
    },
  };
}

function argumentsFor({ address, port, backend }: StaleFlows): readonly string[] {
  const family = familyOf(address) === 'ip' ? 'ipv4' : 'ipv6';
  const of = ['--delete', '--family', family, '--proto', 'udp', '--orig-dst', address, '--orig-port-dst', String(port)];
  return backend === undefined ? of : [...of, '--dst-nat', backend];
}

/** conntrack fails when no flow matched, which is as good. */
async function run(
  [program = 'conntrack', ...first]: readonly string[],
  args: readonly string[],
  signal: AbortSignal,
): Promise<'ended' | 'none' | 'missing'> {
  const child = spawn(program, [...first, ...args], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  try {
    const [[code], complaint] = await Promise.all([once(child, 'close') as Promise<[number | null]>, text(child.stderr)]);
    if (code === 0) return 'ended';
    return /No such file or directory|not found/.test(complaint) ? 'missing' : 'none';
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw err;
  }
}
