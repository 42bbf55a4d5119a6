import { podTable } from './pod-table.ts';

const masquerades = (text: string): readonly string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => / saddr \S*\/\S* .*masquerade$/.test(line) && !line.startsWith('oif'));

describe('podTable', () => {
  it.each([
    {
      name: 'pods of one node',
      options: { podCidrs: ['10.244.0.0/24'] },
      want: ['ip saddr 10.244.0.0/24 ip daddr != { 10.244.0.0/24 } masquerade'],
    },
    {
      name: 'pods of the whole cluster are not outside',
      options: { podCidrs: ['10.244.1.0/24'], clusterCidrs: ['10.244.0.0/16', 'fd00::/48'] },
      want: ['ip saddr 10.244.1.0/24 ip daddr != { 10.244.0.0/16 } masquerade'],
    },
    {
      name: 'both families',
      options: { podCidrs: ['10.244.0.0/24', 'fd00::/64'] },
      want: [
        'ip saddr 10.244.0.0/24 ip daddr != { 10.244.0.0/24 } masquerade',
        'ip6 saddr fd00::/64 ip6 daddr != { fd00::/64 } masquerade',
      ],
    },
  ])('hides what leaves the pods behind the node: $name', ({ options, want }) => {
    expect(masquerades(podTable({ cluster: 'a', ...options }))).toEqual(want);
  });

  it('empties each chain it declares before it fills it, and no map', () => {
    const text = podTable({ cluster: 'a', podCidrs: ['10.244.0.0/24'] });
    const declared = [...text.matchAll(/^ {2}chain (\S+) \{ .*\}$/gm)].map(([, name]) => name);
    const flushed = [...text.matchAll(/^flush (\S+) inet steersman-a (\S+)$/gm)];
    expect(declared).toHaveLength(5);
    expect(flushed.map(([, , name]) => name)).toEqual(declared);
    expect(new Set(flushed.map(([, kind]) => kind))).toEqual(new Set(['chain']));
  });
});
