import type { Pod } from '@steersman/types';
import { targetOf } from './target-of.ts';

const pod = (state: object): Pod =>
  ({ status: { containerStatuses: [{ name: 'c', containerID: 'containerd://abc', state }] } }) as unknown as Pod;

it.each([
  { name: 'none', state: { running: {} }, asked: {}, target: undefined },
  { name: 'one that runs', state: { running: {} }, asked: { targetContainerName: 'c' }, target: { name: 'c', id: 'abc' } },
  { name: 'one that has ended', state: { terminated: {} }, asked: { targetContainerName: 'c' }, target: { name: 'c' } },
  { name: 'one that is not there', state: { running: {} }, asked: { targetContainerName: 'x' }, target: { name: 'x' } },
])('the target: $name', ({ state, asked, target }) => {
  expect(targetOf(pod(state), { name: 'looker', ...asked })).toEqual(target);
});
