import { defaultDevice } from './routing.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const row = (device: string, destination: string, mask: string): string =>
  `${device}\t${destination}\t0102000A\t0003\t0\t0\t0\t${mask}\t0\t0\t0`;

describe('defaultDevice', () => {
  it.each([
    { name: 'no route', rows: [], want: undefined },
    { name: 'one default route', rows: [row('lan', '0002000A', '00FFFFFF'), row('wan', '00000000', '00000000')], want: 'wan' },
    { name: 'half of all addresses is no default', rows: [row('vpn', '00000000', '00000080')], want: undefined },
  ])('finds the way out: $name', ({ rows, want }) => {
    expect(defaultDevice([HEAD, ...rows, ''].join('\n'))).toBe(want);
  });
});
