import { bridgeOf, cableOf, wayOut } from './switch.ts';

it('names links within 15 characters, by cluster and address', () => {
  const cable = cableOf('a-cluster-with-a-very-long-name', { ip: '10.199.0.254' });
  expect(cable.length).toBeLessThanOrEqual(15);
  expect(cable).toBe(`${bridgeOf('a-cluster-with-a-very-long-name')}-254`);
  expect(bridgeOf('blue')).not.toBe(bridgeOf('green'));
});

it('translates what goes to the world and nothing else', () => {
  expect(wayOut({ name: 'blue', podRange: '10.244.0.0/16' }, '10.199.0.0/24')).toContain(
    'ip saddr 10.199.0.0/24 ip daddr != { 10.199.0.0/24, 10.244.0.0/16 } masquerade',
  );
});
