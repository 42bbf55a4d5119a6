import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ConfigError } from '@steersman/config';
import { type Family, type Forwarding, iptablesCommands, iptablesRemoval, iptablesRules } from '@steersman/endpoints';
import type { Key } from '@steersman/types';
import type { Dataplane } from './dataplane.ts';

export interface IptablesOptions {
  readonly clusterName: string;
  readonly clusterCidrs: readonly string[];
  /** What programs are called with, such as `ip netns exec n1`. */
  readonly within?: readonly string[];
}

const PROGRAM: Readonly<Record<Family, string>> = { ip: 'iptables', ip6: 'ip6tables' };

/** Forwards with iptables: all chains are written at each change, so many Services take long. */
export async function iptablesDataplane({ clusterName, clusterCidrs, within = [] }: IptablesOptions): Promise<Dataplane> {
  await assertInstalled(within);
  const prefix = prefixOf(clusterName);
  const services = new Map<Key, readonly Forwarding[]>();
  let families: readonly Family[] = ['ip', 'ip6'];
  return {
    async apply(changed, signal) {
      for (const [key, forwardings] of changed) {
        if (forwardings.length > 0) services.set(key, forwardings);
        else services.delete(key);
      }
      const all = [...services.values()].flat();
      for (const family of families) {
        const tables = iptablesRules(distinct(all), { prefix, family, clusterCidrs });
        const saved = await run([...within, `${PROGRAM[family]}-save`], '', signal);
        await run([...within, `${PROGRAM[family]}-restore`, '--noflush', '--wait'], iptablesCommands(tables, saved, prefix), signal);
      }
      // Written once even if empty, for what an earlier process left.
      if (!all.some(({ family }) => family === 'ip6')) families = families.includes('ip6') ? ['ip'] : families;
      else families = ['ip', 'ip6'];
    },
    doubt: () => {}, // every `apply` writes everything
    [Symbol.asyncDispose]: async () => {},
  };
}

export async function removeIptablesRules(clusterName: string, within: readonly string[] = []): Promise<void> {
  for (const program of Object.values(PROGRAM)) {
    const removal = iptablesRemoval(await run([...within, `${program}-save`], ''), prefixOf(clusterName));
    if (removal !== '') await run([...within, `${program}-restore`, '--noflush', '--wait'], removal);
  }
}

export async function hasIptables(within: readonly string[] = []): Promise<boolean> {
  try {
    await run([...within, 'iptables', '--version'], '');
    return true;
  } catch {
    return false; // whatever keeps it from running keeps it from having rules of ours
  }
}

async function assertInstalled(within: readonly string[]): Promise<void> {
  if (await hasIptables(within)) return;
  throw new ConfigError([
    '--proxy-mode=iptables needs iptables, which cannot be run: install the package iptables, or use --proxy-mode=nftables',
  ]);
}

/** Chains of two clusters on a machine must not meet, and their names are short. */
const prefixOf = (clusterName: string): string => `STM-${createHash('sha256').update(clusterName).digest('hex').slice(0, 6)}-`;

/** Of two Services that want the same address and port, the first. */
const distinct = (forwardings: readonly Forwarding[]): readonly Forwarding[] => [
  ...new Map(
    forwardings.map(forwarding => [`${forwarding.address} ${forwarding.protocol} ${forwarding.port}`, forwarding] as const).reverse(),
  ).values(),
];

async function run([program = '', ...args]: readonly string[], input: string, signal?: AbortSignal): Promise<string> {
  const child = spawn(program, args, { stdio: 'pipe', ...(signal && { signal }) });
  child.stdin.on('error', () => {}); // it ended before it read all; its exit code says why
  child.stdin.end(input);
  const [[code], output, complaint] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0) throw new Error(`${program} failed: ${complaint.trim() || `exit code ${code}`}`);
  return output;
}
