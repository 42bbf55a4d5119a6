import { readFile, writeFile } from 'node:fs/promises';

/** Of Ethernet; for a node without a default route. */
const DEFAULT_MTU = 1_500;

/** Makes the kernel route between pods and the world, and take host ports on 127.0.0.1. It stays so: others may rely on it too. */
export async function enableRouting(options: { readonly ipv6: boolean }): Promise<void> {
  await setKernel('net/ipv4/ip_forward', '1');
  await setKernel('net/ipv4/conf/all/route_localnet', '1');
  if (options.ipv6) await setKernel('net/ipv6/conf/all/forwarding', '1');
}

/** Written only when it differs: a container's /proc/sys may be read-only, and right already. */
async function setKernel(name: string, value: string): Promise<void> {
  const file = `/proc/sys/${name}`;
  if ((await readFile(file, 'utf8')).trim() === value) return;
  try {
    await writeFile(file, value);
  } catch (err) {
    throw new Error(`pods cannot be routed: set ${name.replaceAll('/', '.')} to ${value} with sysctl`, { cause: err });
  }
}

/** The largest packet that leaves this node undivided: what its pods may send. */
export async function nodeMtu(): Promise<number> {
  const device = defaultDevice(await readFile('/proc/net/route', 'utf8'));
  return device === undefined ? DEFAULT_MTU : Number(await readFile(`/sys/class/net/${device}/mtu`, 'utf8'));
}

/** Of /proc/net/route: destination and mask are in hexadecimal, 0 for the default route. */
export function defaultDevice(routes: string): string | undefined {
  const [, ...rows] = routes.trim().split('\n');
  return rows.map(row => row.split('\t')).find(([, destination, , , , , , mask]) => isZero(destination) && isZero(mask))?.[0];
}

const isZero = (hex: string | undefined): boolean => hex !== undefined && /^0+$/.test(hex);
