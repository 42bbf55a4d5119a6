import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Destination, then mask, as little-endian hexadecimal: proc(5) /proc/net/route. */
interface Route {
  readonly device: string;
  readonly range: string;
}

/** IPv4 routes of this machine but the default one, from /proc/net/route. */
export function parseRoutes(table: string): readonly Route[] {
  return table
    .split('\n')
    .slice(1)
    .map(line => line.split('\t'))
    .filter(fields => fields.length > 7)
    .map(([device = '', destination = '', , , , , , mask = '']) => {
      const bytes = Buffer.from(destination, 'hex').reverse();
      const bits = [...Number.parseInt(mask, 16).toString(2)].filter(bit => bit === '1').length;
      return { device, range: `${[...bytes].join('.')}/${bits}` };
    });
}

const routes = (): readonly Route[] => {
  try {
    return parseRoutes(readFileSync('/proc/net/route', 'utf8'));
  } catch {
    return []; // a machine without IPv4
  }
};

/** Ranges this machine reaches already: ours must not hide them. */
export const routedRanges = (): readonly string[] => routes().flatMap(({ range }) => (range.endsWith('/0') ? [] : [range]));

/** The address under which others see this machine: of the device with the default route, else the first that is not loopback. */
export function machineAddress(): string {
  const devices = networkInterfaces();
  const gateway = routes().find(({ range }) => range.endsWith('/0'))?.device;
  const ordered = [...(gateway === undefined ? [] : [gateway]), ...Object.keys(devices)];
  const found = ordered.flatMap(device => devices[device] ?? []).find(({ family, internal }) => family === 'IPv4' && !internal);
  return found?.address ?? '127.0.0.1';
}

/** Addresses of laptops change. */
export const isOwnAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some(addresses => addresses?.some(found => found.address === address));
