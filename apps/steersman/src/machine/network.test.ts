import { parseRoutes } from './network.ts';

describe('parseRoutes', () => {
  it('reads /proc/net/route', () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'veth1\t0201F40A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
      '',
    ].join('\n');
    expect(parseRoutes(table)).toEqual([
      { device: 'eth0', range: '0.0.0.0/0' },
      { device: 'eth0', range: '192.0.2.0/24' },
      { device: 'veth1', range: '10.244.1.2/32' },
    ]);
  });
});
