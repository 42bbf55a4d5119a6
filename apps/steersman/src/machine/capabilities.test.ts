import { hasCapability } from './capabilities.ts';

describe('hasCapability', () => {
  it.each([
    { name: 'all of them', effective: '000001ffffffffff', want: true },
    { name: 'all but that one', effective: '000001fffeffffff', want: false },
    { name: 'none', effective: '0000000000000000', want: false },
  ])('knows a process with $name', ({ effective, want }) => {
    expect(hasCapability('SYS_RESOURCE', `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\n`)).toBe(want);
  });
});
