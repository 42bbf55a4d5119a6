import { ElementTable } from './element-table.ts';
import type { Forwarding } from './forwarding.ts';
import { forwardingElements } from './service-elements.ts';
import { transactionCommands } from './transaction.ts';

const forwarding = (backends: readonly string[], more: Partial<Forwarding> = {}): Forwarding => ({
  family: 'ip',
  address: '10.96.0.10',
  protocol: 'tcp',
  port: 80,
  clusterIp: false,
  masquerade: false,
  route: { backends: backends.map(address => ({ address, port: 8080, local: false })), otherwise: 'refuse' },
  ...more,
});

class World {
  table = new ElementTable();
  readonly chains = new Set<string>();

  set(owner: string, ...forwardings: readonly Forwarding[]): void {
    this.table.set(
      owner,
      forwardings.flatMap(given => forwardingElements(given, this.table.valueNow)),
    );
  }

  /** The transaction's commands about elements, without what they have in common. */
  commands(): readonly string[] {
    return transactionCommands('t', this.table.take(), this.chains)
      .filter(line => line.includes(' element '))
      .map(line => line.replace('element inet t service-', ''));
  }
}

describe('ElementTable', () => {
  it('writes a row of backends and the way to it', () => {
    const world = new World();
    world.set('web', forwarding(['10.1.0.2', '10.1.0.3']));
    expect(world.commands()).toEqual([
      'add route-ip { 10.96.0.10 . tcp . 80 : goto service-pick-ip-2 }',
      'add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 : 10.1.0.2 . 8080, 10.96.0.10 . tcp . 80 . 1 : 10.1.0.3 . 8080 }',
    ]);
    world.set('web', forwarding(['10.1.0.2', '10.1.0.3']));
    expect(world.commands()).toEqual([]);
  });

  it.each<{ name: string; to: string[]; want: string[] }>([
    {
      name: 'one more comes last',
      to: ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4'],
      want: [
        'delete route-ip { 10.96.0.10 . tcp . 80 }',
        'add route-ip { 10.96.0.10 . tcp . 80 : goto service-pick-ip-4 }',
        'add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 3 : 10.1.0.1 . 8080 }',
      ],
    },
    {
      name: 'one that goes has its place taken by the last',
      to: ['10.1.0.3', '10.1.0.4'],
      want: [
        'delete backend-tcp-ip { 10.96.0.10 . tcp . 80 . 2, 10.96.0.10 . tcp . 80 . 0 }',
        'delete route-ip { 10.96.0.10 . tcp . 80 }',
        'add route-ip { 10.96.0.10 . tcp . 80 : goto service-pick-ip-2 }',
        'add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 : 10.1.0.4 . 8080 }',
      ],
    },
    {
      name: 'none is left',
      to: [],
      want: [
        'delete backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0, 10.96.0.10 . tcp . 80 . 1, 10.96.0.10 . tcp . 80 . 2 }',
        'delete route-ip { 10.96.0.10 . tcp . 80 }',
        'add route-ip { 10.96.0.10 . tcp . 80 : goto service-refuse }',
      ],
    },
  ])('leaves backends in their places: $name', ({ to, want }) => {
    const world = new World();
    world.set('web', forwarding(['10.1.0.2', '10.1.0.3', '10.1.0.4']));
    world.commands();
    world.set('web', forwarding(to));
    expect(world.commands()).toEqual(want);
  });

  it('gives an address that two want to the first, and to the other when that lets go', () => {
    const world = new World();
    world.set('first', forwarding(['10.1.0.2']));
    world.set('second', forwarding(['10.1.0.9']));
    world.set('first', forwarding(['10.1.0.3']));
    expect(world.commands().at(-1)).toBe('add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 : 10.1.0.3 . 8080 }');
    world.set('first');
    expect(world.commands()).toEqual([
      'delete backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 }',
      'add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 : 10.1.0.9 . 8080 }',
    ]);
  });

  it('takes away what an earlier process left and nobody wants, and repairs what differs', () => {
    const world = new World();
    world.table = new ElementTable(
      new Map([
        [
          'service-route-ip',
          new Map([
            ['10.96.0.10 . tcp . 80', 'goto service-pick-ip-1'],
            ['10.96.0.77 . tcp . 80', 'drop'],
          ]),
        ],
        ['service-backend-tcp-ip', new Map([['10.96.0.10 . tcp . 80 . 0', '10.1.0.9 . 8080']])],
      ]),
    );
    world.set('web', forwarding(['10.1.0.2']));
    expect(world.commands()).toEqual([
      'delete route-ip { 10.96.0.77 . tcp . 80 }',
      'delete backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 }',
      'add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 : 10.1.0.2 . 8080 }',
    ]);
    world.table.reset(new Map());
    expect(world.commands()).toHaveLength(2);
  });

  it('notes all that goes with an address', () => {
    const world = new World();
    const local = { address: '10.1.0.2', port: 8080, local: true };
    world.set(
      'web',
      forwarding([], {
        clusterIp: true,
        masquerade: true,
        affinitySeconds: 60,
        sources: ['198.51.100.0/24'],
        route: { backends: [local], otherwise: 'refuse' },
        fromOutside: { backends: [local], otherwise: 'drop' },
      }),
    );
    expect(world.commands()).toEqual([
      'add route-ip { 10.96.0.10 . tcp . 80 : goto service-stay-ip-1 }',
      'add backend-tcp-ip { 10.96.0.10 . tcp . 80 . 0 : 10.1.0.2 . 8080, 10.96.0.10 . tcp . 80 . 32768 : 10.1.0.2 . 8080 }',
      'add outside-ip { 10.96.0.10 . tcp . 80 : goto service-stay-outside-ip-1 }',
      'add address-ip { 10.96.0.10 }',
      'add masquerade-ip { 10.96.0.10 . tcp . 80 }',
      'add hairpin-ip { 10.1.0.2 . 10.1.0.2 }',
      'add guarded-ip { 10.96.0.10 . tcp . 80 }',
      'add allowed-ip { 10.96.0.10 . tcp . 80 . 198.51.100.0/24 }',
      'add sticky-ip { 10.96.0.10 . tcp . 80 : goto service-remember-ip-60 }',
    ]);
  });
});
