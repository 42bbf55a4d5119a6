import { allowedClients } from './allowed-clients.ts';

describe('allowedClients', () => {
  const isAllowed = allowedClients(['10.244.0.0/16', '192.0.2.1', 'fd00::/8']);
  it.each([
    { address: '10.244.3.7', family: 4, want: true },
    { address: '192.0.2.1', family: 4, want: true },
    { address: '192.0.2.2', family: 4, want: false },
    { address: 'fd12::1', family: 6, want: true },
    { address: '2001:db8::1', family: 6, want: false },
  ] as const)('$address: $want', ({ address, family, want }) => {
    expect(isAllowed(address, family)).toBe(want);
  });

  it('keeps nobody out when nothing is said', () => {
    expect(allowedClients([])('198.51.100.1', 4)).toBe(true);
  });

  it('says which range is none', () => {
    expect(() => allowedClients(['10.0.0.0/99'])).toThrow('--clients: 10.0.0.0/99 is no address range');
  });
});
