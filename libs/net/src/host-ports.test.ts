import { type HostPort, hostPortCommands } from './host-ports.ts';

const port = (over: Partial<HostPort> = {}): HostPort => ({
  protocol: 'TCP',
  hostPort: 80,
  podIp: '10.244.0.3',
  containerPort: 8080,
  ...over,
});

const EMPTY = ['host-port', 'host-ip-port', 'host-port-pod'].flatMap(name => [`${name}-ip`, `${name}-ip6`]);

/** Without the flushes that are always there. */
const added = (ports: readonly HostPort[]): readonly string[] =>
  hostPortCommands('a', ports)
    .split('\n')
    .filter(line => line.startsWith('add'))
    .map(line => line.replace('add element inet steersman-a ', ''));

describe('hostPortCommands', () => {
  it('empties every map and set first', () => {
    const flushed = hostPortCommands('a', []).match(/^flush (map|set) inet steersman-a \S+$/gm) ?? [];
    expect(flushed.map(line => line.split(' ').at(-1)).sort()).toEqual([...EMPTY].sort());
  });

  it.each<{ name: string; ports: readonly HostPort[]; want: readonly string[] }>([
    { name: 'none', ports: [], want: [] },
    {
      name: 'on every address',
      ports: [port(), port({ protocol: 'UDP', hostIp: '0.0.0.0', hostPort: 53 })],
      want: ['host-port-ip { tcp . 80 : 10.244.0.3 . 8080, udp . 53 : 10.244.0.3 . 8080 }', 'host-port-pod-ip { 10.244.0.3 . 10.244.0.3 }'],
    },
    {
      name: 'on one address',
      ports: [port({ hostIp: '192.0.2.1' })],
      want: ['host-ip-port-ip { 192.0.2.1 . tcp . 80 : 10.244.0.3 . 8080 }', 'host-port-pod-ip { 10.244.0.3 . 10.244.0.3 }'],
    },
    {
      name: 'IPv6',
      ports: [port({ podIp: 'fd00::3', hostIp: '::' })],
      want: ['host-port-ip6 { tcp . 80 : fd00::3 . 8080 }', 'host-port-pod-ip6 { fd00::3 . fd00::3 }'],
    },
    {
      name: 'the same port twice',
      ports: [port(), port({ podIp: '10.244.0.4' })],
      want: ['host-port-ip { tcp . 80 : 10.244.0.3 . 8080 }', 'host-port-pod-ip { 10.244.0.3 . 10.244.0.3, 10.244.0.4 . 10.244.0.4 }'],
    },
  ])('sets host ports: $name', ({ ports, want }) => {
    expect(added(ports)).toEqual(want);
  });
});
