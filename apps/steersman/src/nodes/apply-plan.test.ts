import { outdated } from './apply-plan.ts';

const component = (name: string, ...args: readonly string[]) => ({ name, command: '/node', args, env: { PATH: '/bin' }, logFile: '/log' });

it('ends what is planned no more or otherwise, whatever the environment of who plans', () => {
  const before = [component('kubelet', '--a'), component('proxy', '--a'), component('kubelet@two', '--a'), component('dns', '--a')];
  const after = [component('kubelet', '--a'), component('proxy', '--b'), { ...component('dns', '--a'), env: { PATH: '/usr/bin' } }];
  expect(outdated(before, after)).toEqual(['proxy', 'kubelet@two']);
});
