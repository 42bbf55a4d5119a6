import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../cluster/layout.ts';
import type { ClusterState } from '../cluster/state.ts';
import { addressAt } from '../machine/ranges.ts';

/** By custom the tenth address of the services. */
const DNS_OFFSET = 10;

export const dnsAddress = ({ serviceRange }: Pick<ClusterState, 'serviceRange'>): string => addressAt(serviceRange, DNS_OFFSET);

/** Writes the addons' manifests with what this cluster has for their variables, where the controller manager looks for them. */
export function writeAddons(root: string, layout: Layout, state: ClusterState): void {
  const variables: Readonly<Record<string, string>> = {
    CLUSTER_DNS: dnsAddress(state),
    DNS_PORT: String(state.ports.dns),
    NODE_IP: state.nodeIp,
  };
  const source = join(root, 'deploy/manifests/addons');
  rmSync(layout.addons, { recursive: true, force: true });
  mkdirSync(layout.addons, { recursive: true, mode: 0o750 });
  for (const file of readdirSync(source)) {
    writeFileSync(join(layout.addons, file), fillIn(readFileSync(join(source, file), 'utf8'), variables, file), { mode: 0o640 });
  }
}

/** `${NAME}` becomes its value. */
export const fillIn = (text: string, variables: Readonly<Record<string, string>>, file: string): string =>
  text.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${file}: there is no variable ${name}`);
    return value;
  });
