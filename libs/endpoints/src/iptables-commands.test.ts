import type { Forwarding } from './forwarding.ts';
import { iptablesCommands, iptablesRemoval } from './iptables-commands.ts';
import { iptablesRules } from './iptables-rules.ts';

const OPTIONS = { prefix: 'STM-x-', family: 'ip', clusterCidrs: ['10.1.0.0/16'] } as const;

const forwarding = (more: Partial<Forwarding> = {}): Forwarding => ({
  family: 'ip',
  address: '10.96.0.10',
  protocol: 'tcp',
  port: 80,
  clusterIp: true,
  masquerade: false,
  route: { backends: ['10.1.0.2', '10.1.0.3'].map(address => ({ address, port: 8080, local: false })), otherwise: 'refuse' },
  ...more,
});

/** The rules of all our chains, without the fingerprints of addresses. */
const rules = (given: Forwarding): readonly string[] =>
  iptablesRules([given], OPTIONS).flatMap(({ chains }) =>
    [...chains].flatMap(([chain, lines]) => lines.map(line => `${chain} ${line}`.replaceAll(/(?<=-[SOE])-[0-9a-z]{13}/g, ''))),
  );

describe('iptablesRules', () => {
  it.each<{ name: string; forwarding: Forwarding; want: string[] }>([
    {
      name: 'shares connections evenly, and masquerades callers from outside the pods',
      forwarding: forwarding(),
      want: [
        'STM-x-SERVICES -d 10.96.0.10 -p tcp -m tcp --dport 80 -g STM-x-S',
        'STM-x-SOURCE ! -s 10.1.0.0/16 -p tcp -m conntrack --ctstate DNAT --ctorigdst 10.96.0.10 --ctorigdstport 80 -j MASQUERADE',
        'STM-x-S -m statistic --mode random --probability 0.5000000000 -p tcp -j DNAT --to-destination 10.1.0.2:8080',
        'STM-x-S -p tcp -j DNAT --to-destination 10.1.0.3:8080',
      ],
    },
    {
      name: 'refuses what has no backend',
      forwarding: forwarding({ clusterIp: false, protocol: 'udp', route: { backends: [], otherwise: 'refuse' } }),
      want: ['STM-x-REFUSE -d 10.96.0.10 -p udp -m udp --dport 80 -j REJECT'],
    },
    {
      name: 'drops what comes from outside and must stay on the node, where nothing is',
      forwarding: forwarding({ clusterIp: false, fromOutside: { backends: [], otherwise: 'drop' } }),
      want: [
        'STM-x-SERVICES -d 10.96.0.10 -p tcp -m tcp --dport 80 -g STM-x-S',
        'STM-x-S -m statistic --mode random --probability 0.5000000000 -p tcp -j DNAT --to-destination 10.1.0.2:8080',
        'STM-x-S -p tcp -j DNAT --to-destination 10.1.0.3:8080',
        'STM-x-GUARD -s 10.1.0.0/16 -d 10.96.0.10 -p tcp -m tcp --dport 80 -j RETURN',
        'STM-x-GUARD -d 10.96.0.10 -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW -j DROP',
      ],
    },
    { name: 'leaves the other family out', forwarding: forwarding({ family: 'ip6', address: 'fd00::1' }), want: [] },
  ])('$name', ({ forwarding: given, want }) => {
    expect(rules(given)).toEqual(want);
  });
});

describe('iptablesCommands', () => {
  const table = { name: 'nat', hooks: { OUTPUT: 'STM-x-SERVICES' }, chains: new Map([['STM-x-SERVICES', ['-j RETURN']]]) } as const;

  it('empties and fills its chains, jumps to them, and deletes those no longer used', () => {
    const saved = '*nat\n:OUTPUT ACCEPT [0:0]\n:STM-x-S-old - [0:0]\n:FOREIGN - [0:0]\nCOMMIT\n';
    expect(iptablesCommands([table], saved, 'STM-x-').trim().split('\n')).toEqual([
      '*nat',
      ':STM-x-SERVICES - [0:0]',
      ':STM-x-S-old - [0:0]',
      '-I OUTPUT -j STM-x-SERVICES',
      '-A STM-x-SERVICES -j RETURN',
      '-X STM-x-S-old',
      'COMMIT',
    ]);
  });

  it('jumps once', () => {
    const saved = '*nat\n:STM-x-SERVICES - [0:0]\n-A OUTPUT -j STM-x-SERVICES\nCOMMIT\n';
    expect(iptablesCommands([table], saved, 'STM-x-')).not.toContain('-I OUTPUT');
  });
});

describe('iptablesRemoval', () => {
  it('takes away its own, and nothing where there is none', () => {
    const saved = '*nat\n:STM-x-SERVICES - [0:0]\n:FOREIGN - [0:0]\n-A OUTPUT -j FOREIGN\n-A OUTPUT -j STM-x-SERVICES\nCOMMIT\n';
    expect(iptablesRemoval(saved, 'STM-x-').trim().split('\n')).toEqual([
      '*nat',
      ':STM-x-SERVICES - [0:0]',
      '-D OUTPUT -j STM-x-SERVICES',
      '-X STM-x-SERVICES',
      'COMMIT',
    ]);
    expect(iptablesRemoval(saved, 'STM-y-')).toBe('');
  });
});
