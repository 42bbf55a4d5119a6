import { BlockList } from 'node:net';
import { ConfigError } from '@steersman/config';

/** Whether somebody at this address is answered. Others are not even refused: an answer would be of use to who forges addresses. */
export type IsAllowed = (address: string, family: 4 | 6) => boolean;

/** Addresses and ranges; nobody is kept out when there are none. */
export function allowedClients(ranges: readonly string[]): IsAllowed {
  if (ranges.length === 0) return () => true;
  const list = new BlockList();
  for (const range of ranges) add(list, range);
  return (address, family) => list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function add(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/');
  const type = address.includes(':') ? 'ipv6' : 'ipv4';
  try {
    if (prefix === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(prefix), type);
  } catch (err) {
    throw new ConfigError([`--clients: ${range} is no address range: ${(err as Error).message}`]);
  }
}
