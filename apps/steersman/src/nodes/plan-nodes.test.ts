import { type ClusterState, nodesOf, PORTS } from '../cluster/state.ts';
import { wishedCapacity, withNode, withNodes } from './plan-nodes.ts';

const ALONE: ClusterState = {
  name: 'blue',
  nodeName: 'one',
  nodeIp: '192.0.2.1',
  ports: PORTS,
  podRange: '10.244.0.0/16',
  serviceRange: '10.96.0.0/16',
  dev: false,
  allInOne: false,
};
const CAPACITY = { cpuMillis: 500, memoryBytes: 1024 ** 3 };
const wish = (nodes: number | undefined) => ({ nodes, capacity: CAPACITY, overlay: undefined });

describe('withNodes', () => {
  it.each([[1], [undefined]])('leaves a cluster of one node as it is (%s)', nodes => {
    expect(withNodes(ALONE, wish(nodes), [])).toBe(ALONE);
  });

  it('joins nodes by a switch in a range that nobody routes', () => {
    const state = withNodes(ALONE, wish(3), ['10.199.0.0/24']);
    expect(state).toMatchObject({ switchRange: '10.199.1.0/24', nodeIp: '10.199.1.1', overlay: 'host-gw', capacity: CAPACITY });
    expect(nodesOf(state)).toEqual([
      { name: 'node2', ip: '10.199.1.2', isStopped: false, ...CAPACITY },
      { name: 'node3', ip: '10.199.1.3', isStopped: false, ...CAPACITY },
    ]);
  });

  it('keeps what it has, and adds what is missing', () => {
    const two = withNodes(ALONE, wish(2), []);
    expect(withNodes(two, wish(undefined), [])).toMatchObject({ switchRange: two.switchRange, nodes: two.nodes });
    expect(nodesOf(withNodes(two, wish(3), [])).slice(0, 1)).toEqual(two.nodes);
  });

  it('takes no node away', () => {
    expect(() => withNodes(withNodes(ALONE, wish(3), []), wish(2), [])).toThrow('the cluster has 3 nodes, not 2');
  });
});

it('gives an address again once its node is gone', () => {
  const three = withNodes(ALONE, wish(3), []);
  const two = { ...three, nodes: nodesOf(three).slice(1) };
  expect(nodesOf(withNode(two, { name: 'new', ...CAPACITY })).at(-1)?.ip).toBe('10.199.0.2');
});

describe('wishedCapacity', () => {
  it.each([
    ['', '', {}],
    ['2', '4Gi', { cpuMillis: 2_000, memoryBytes: 4 * 1024 ** 3 }],
    ['0.5', '512M', { cpuMillis: 500, memoryBytes: 512e6 }],
  ])('reads %s and %s', (nodeCpus, nodeMemory, wished) => {
    expect(wishedCapacity({ nodeCpus, nodeMemory })).toEqual(wished);
  });

  it.each([
    ['two', '', /--node-cpus: "two"/],
    ['0.01', '', /from 0\.1 on/],
    ['', '4 GB', /--node-memory: "4 GB"/],
    ['', '1Mi', /from 64Mi on/],
  ])('refuses %s and %s', (nodeCpus, nodeMemory, complaint) => {
    expect(() => wishedCapacity({ nodeCpus, nodeMemory })).toThrow(complaint);
  });
});
