import { readFileSync } from 'node:fs';

/** Bits of capabilities(7). */
const CAPABILITY = { SYS_RESOURCE: 24n } as const;

/** Whether this process has it now; being root does not mean so inside a container or a restricted machine. */
export function hasCapability(name: keyof typeof CAPABILITY, status = readFileSync('/proc/self/status', 'utf8')): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return ((BigInt(`0x${effective}`) >> CAPABILITY[name]) & 1n) === 1n;
}
