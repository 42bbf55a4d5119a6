import type { Pod } from '../../gen/types.ts';
import { podColumns } from './pod-columns.ts';
import { qosClass } from './pod-qos.ts';
import { podKind } from './pod.ts';

const NOW = new Date('2026-01-01T00:10:00Z');
const row = (pod: object): unknown[] =>
  podColumns
    .slice(0, 3)
    .map(column =>
      column.value({ metadata: {}, spec: { containers: [{ name: 'a' }] }, status: {}, ...pod } as unknown as Pod, { now: NOW }),
    );
const waiting = (reason: string, restartCount = 0): object => ({ name: 'a', ready: false, restartCount, state: { waiting: { reason } } });
const running = { name: 'a', ready: true, restartCount: 0, started: true, state: { running: {} } };
const ended = (exitCode: number, reason?: string): object => ({
  name: 'a',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, reason } },
});

describe('pod columns', () => {
  it.each([
    { name: 'pending', pod: { status: { phase: 'Pending' } }, cells: ['0/1', 'Pending', '0'] },
    {
      name: 'creating',
      pod: { status: { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] } },
      cells: ['0/1', 'ContainerCreating', '0'],
    },
    { name: 'running', pod: { status: { phase: 'Running', containerStatuses: [running] } }, cells: ['1/1', 'Running', '0'] },
    {
      name: 'crashing',
      pod: {
        status: {
          phase: 'Running',
          containerStatuses: [
            { ...waiting('CrashLoopBackOff', 3), lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:09:55Z' } } },
          ],
        },
      },
      cells: ['0/1', 'CrashLoopBackOff', '3 (5s ago)'],
    },
    {
      name: 'completed',
      pod: { status: { phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] } },
      cells: ['0/1', 'Completed', '0'],
    },
    {
      name: 'failed without a reason',
      pod: { status: { phase: 'Failed', containerStatuses: [ended(3)] } },
      cells: ['0/1', 'ExitCode:3', '0'],
    },
    {
      name: 'initializing',
      pod: {
        spec: { containers: [{ name: 'a' }], initContainers: [{ name: 'i' }, { name: 'j' }] },
        status: { phase: 'Pending', initContainerStatuses: [ended(0, 'Completed'), waiting('PodInitializing')] },
      },
      cells: ['0/1', 'Init:1/2', '0'],
    },
    {
      name: 'failing to initialize',
      pod: {
        spec: { containers: [{ name: 'a' }], initContainers: [{ name: 'i' }] },
        status: { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] },
      },
      cells: ['0/1', 'Init:CrashLoopBackOff', '0'],
    },
    {
      name: 'terminating',
      pod: { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running', containerStatuses: [running] } },
      cells: ['1/1', 'Terminating', '0'],
    },
  ])('$name', ({ pod, cells }) => {
    expect(row(pod)).toEqual(cells);
  });
});

it.each([
  { name: 'nothing asked', resources: {}, qos: 'BestEffort' },
  { name: 'a request', resources: { requests: { cpu: '1' } }, qos: 'Burstable' },
  { name: 'limits of both', resources: { limits: { cpu: '1', memory: '1Gi' } }, qos: 'Guaranteed' },
  { name: 'a request below the limit', resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, qos: 'Burstable' },
])('quality of service of $name is $qos', ({ resources, qos }) => {
  expect(qosClass({ containers: [{ name: 'a', resources }] })).toBe(qos);
});

describe('binding', () => {
  const binding = podKind.subresources?.find(sub => sub.name === 'binding');
  const pod = (nodeName?: string): Pod =>
    ({ metadata: { name: 'web', uid: 'u1' }, spec: { containers: [], ...(nodeName && { nodeName }) }, status: {} }) as unknown as Pod;
  const bind = (draft: Pod, body: object): void => {
    if (binding && 'action' in binding) binding.action.apply(draft, body as never, { now: NOW });
  };

  it('places a pod once', () => {
    const draft = pod();
    bind(draft, { metadata: {}, target: { kind: 'Node', name: 'n1' } });
    expect(draft.spec.nodeName).toBe('n1');
    expect(draft.status.conditions).toEqual([{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:10:00Z' }]);
    expect(() => bind(draft, { metadata: {}, target: { name: 'n2' } })).toThrow('pod web is already assigned to node "n1"');
  });

  it.each([
    { name: 'another pod of that name', body: { metadata: { uid: 'u2' }, target: { name: 'n1' } }, reason: 'Conflict' },
    { name: 'no node', body: { metadata: {}, target: {} }, reason: 'BadRequest' },
  ])('refuses $name', ({ body, reason }) => {
    expect(() => bind(pod(), body)).toThrow(expect.objectContaining({ reason }));
  });
});
