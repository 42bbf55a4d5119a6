import { blockRanges } from './address-ranges.ts';

describe('blockRanges', () => {
  it.each([
    { name: 'a whole block', block: { cidr: '10.0.0.0/8' }, want: ['10.0.0.0-10.255.255.255'] },
    { name: 'a block named by an address in it', block: { cidr: '10.1.2.3/8' }, want: ['10.0.0.0-10.255.255.255'] },
    { name: 'everything', block: { cidr: '0.0.0.0/0' }, want: ['0.0.0.0-255.255.255.255'] },
    {
      name: 'a hole in the middle',
      block: { cidr: '10.0.0.0/24', except: ['10.0.0.64/26'] },
      want: ['10.0.0.0-10.0.0.63', '10.0.0.128-10.0.0.255'],
    },
    { name: 'holes at both ends', block: { cidr: '10.0.0.0/24', except: ['10.0.0.255/32', '10.0.0.0/32'] }, want: ['10.0.0.1-10.0.0.254'] },
    { name: 'holes that touch', block: { cidr: '10.0.0.0/24', except: ['10.0.0.0/25', '10.0.0.128/25'] }, want: [] },
    { name: 'holes in holes', block: { cidr: '10.0.0.0/24', except: ['10.0.0.0/25', '10.0.0.16/28'] }, want: ['10.0.0.128-10.0.0.255'] },
    { name: 'a hole of another family', block: { cidr: '10.0.0.0/24', except: ['fd00::/8'] }, want: ['10.0.0.0-10.0.0.255'] },
    {
      name: 'IPv6',
      block: { cidr: '::/0', except: ['fd00::/8'] },
      want: ['::-fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    },
    { name: 'what is no block', block: { cidr: 'x' }, want: [] },
  ])('$name', ({ block, want }) => {
    expect(blockRanges(block).map(({ from, to }) => `${from}-${to}`)).toEqual(want);
  });
});
