import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = '10-steersman.conflist';

export interface CniOptions {
  /** Names the network, and so its folder below `stateDir`. */
  readonly cluster: string;
  /** Where the runtime looks for its network. */
  readonly confDir: string;
  /** Where host-local keeps which address is whose. */
  readonly stateDir: string;
  /** Of Node.spec.podCIDRs: at most one per address family. */
  readonly podCidrs: readonly string[];
  readonly mtu: number;
}

/**
 * A network of routed point-to-point links. No plugin touches the firewall: masquerading and host ports are entries of
 * our own table, as the plugins for them would need iptables.
 */
export const cniConfig = ({ cluster, stateDir, podCidrs, mtu }: Omit<CniOptions, 'confDir'>): object => ({
  cniVersion: '1.0.0',
  name: `steersman-${cluster}`,
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      mtu,
      ipam: {
        type: 'host-local',
        dataDir: stateDir,
        ranges: podCidrs.map(subnet => [{ subnet }]),
        routes: podCidrs.map(subnet => ({ dst: subnet.includes(':') ? '::/0' : '0.0.0.0/0' })),
      },
    },
  ],
});

/** The runtime reads it at once: it never sees half of a file, and nothing is written when nothing changed. */
export async function writeCniConfig({ confDir, ...network }: CniOptions): Promise<void> {
  const text = `${JSON.stringify(cniConfig(network), null, 2)}\n`;
  const file = join(confDir, FILE);
  await mkdir(confDir, { recursive: true });
  if ((await contentOf(file)) === text) return;
  const scratch = join(confDir, `.${FILE}.new`); // no name the runtime would read
  await writeFile(scratch, text);
  await rename(scratch, file);
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw err;
  }
}
