import { examineCluster } from './cluster-checks.ts';

const RUNNING = { name: 'containerd', state: 'running', pid: 12, restarts: 0, version: '1.6', ports: [] } as const;
const READY = { name: 'vm', isReady: true, isControlPlane: true, message: '', version: '', heardAt: 0 };

describe('examineCluster', () => {
  it('finds nothing wrong with one that runs', () => {
    const found = examineCluster({ name: 'blue', components: [RUNNING], nodes: [READY] });
    expect(found.map(({ verdict }) => verdict)).toEqual(['good', 'good']);
  });

  it.each([
    { name: 'a component that was halted', component: { state: 'halted' }, node: {}, want: { advice: 'let it go on: kill -CONT 12' } },
    {
      name: 'a component that failed',
      component: { state: 'failed' },
      node: {},
      want: { advice: 'see why: steersman logs containerd --name blue' },
    },
    { name: 'a node', component: {}, node: { isReady: false, message: 'runtime is down' }, want: { fact: 'not Ready: runtime is down' } },
  ] as const)('says what is wrong with $name', ({ component, node, want }) => {
    const found = examineCluster({ name: 'blue', components: [{ ...RUNNING, ...component }], nodes: [{ ...READY, ...node }] });
    expect(found.filter(({ verdict }) => verdict === 'bad')).toEqual([expect.objectContaining(want)]);
  });
});
