import type { NodeExplanation } from '@steersman/scheduling';
import { paintFor } from '../command/out.ts';
import { explanationText } from './explanation-text.ts';

const text = (...nodes: readonly NodeExplanation[]): string => explanationText('shop/web', nodes, paintFor({ colours: false }));
const short = (resource: string, wanted: number, free: number, allocatable: number): NodeExplanation => ({
  nodeName: 'one',
  refusals: [
    { filter: 'NodeResourcesFit', message: `Insufficient ${resource}`, mendable: false, shortage: { resource, wanted, free, allocatable } },
  ],
});

describe('explanationText', () => {
  it.each([
    { name: 'CPU in cores', node: short('cpu', 2_500, 1_200, 4_000), want: 'Insufficient cpu: wants 2.5, 1.2 of 4 free' },
    { name: 'memory', node: short('memory', 2 ** 31, -5, 2 ** 30), want: 'Insufficient memory: wants 2048 MiB, 0 MiB of 1024 MiB free' },
    { name: 'pieces', node: short('example.com/gpu', 2, 0, 1), want: 'Insufficient example.com/gpu: wants 2, 0 of 1 free' },
  ])('shows $name', ({ node, want }) => {
    expect(text(node)).toBe(
      `Pod shop/web waits: it fits on none of 1 node.\n\n  NODE  REFUSED BY        WHY\n  one   NodeResourcesFit  ${want}`,
    );
  });

  it('says where it could go', () => {
    expect(text({ nodeName: 'two', refusals: [] }, short('cpu', 2, 1, 4))).toMatch(
      /^Pod shop\/web waits: it could go to two, and is tried again within its back-off\.\n\n.*\n {2}two +- +fits\n {2}one /,
    );
  });

  it('says when there is no node', () => {
    expect(text()).toBe('Pod shop/web waits: there is no node.');
  });
});
