import type { Node } from '@steersman/types';
import { peersOf, placeOf } from './peers.ts';
import { within } from './run-overlay.ts';

const node = (name: string, addresses: readonly string[], podCIDRs: readonly string[]): Node =>
  ({
    metadata: { name },
    spec: { podCIDRs },
    status: { addresses: addresses.map(address => ({ type: 'InternalIP', address })) },
  }) as unknown as Node;

const TWO = node('two', ['10.0.0.2', 'fd00::2'], ['10.244.1.0/24', 'fd01:1::/64']);
const ONE = node('one', ['10.0.0.1'], ['10.244.0.0/24']);

describe('peersOf', () => {
  it('takes address and ranges of one family, in the order of names', () => {
    expect(peersOf([TWO, ONE], 4)).toEqual([
      { name: 'one', ip: '10.0.0.1', podCidrs: ['10.244.0.0/24'] },
      { name: 'two', ip: '10.0.0.2', podCidrs: ['10.244.1.0/24'] },
    ]);
    expect(peersOf([TWO, ONE], 6)).toEqual([{ name: 'two', ip: 'fd00::2', podCidrs: ['fd01:1::/64'] }]);
  });

  it('leaves out who has no address or no range yet', () => {
    expect(peersOf([node('new', ['10.0.0.3'], []), node('odd', [], ['10.244.2.0/24'])], 4)).toEqual([]);
  });
});

it('tells a move from a heartbeat', () => {
  const beat = { ...ONE, metadata: { ...ONE.metadata, resourceVersion: '9' } };
  expect(placeOf(beat)).toBe(placeOf(ONE));
  expect(placeOf(node('one', ['10.0.0.9'], ['10.244.0.0/24']))).not.toBe(placeOf(ONE));
  expect(placeOf(undefined)).not.toBe(placeOf(ONE));
});

it('knows which routes may be ours', () => {
  const isOurs = within(['10.244.0.0/16', 'fd01::/48']);
  expect(['10.244.9.0/24', 'fd01::/64', '10.245.0.0/24', '192.0.2.0/24'].map(isOurs)).toEqual([true, true, false, false]);
});
