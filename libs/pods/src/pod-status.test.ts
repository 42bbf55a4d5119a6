import type { Pod, PodStatus } from '@steersman/types';
import type { WaitingReason } from './container-statuses.ts';
import { NOTHING_OBSERVED, type ObservedPod } from './observed.ts';
import { podStatus } from './pod-status.ts';
import { container, created, exited, observed, pod, running, sandbox } from './test-pods.ts';

const NOW = '2026-01-01T00:00:09Z';
const never = pod({ restartPolicy: 'Never' });

interface Case {
  readonly pod?: Pod;
  readonly seen: ObservedPod;
  readonly waiting?: ReadonlyMap<string, WaitingReason>;
  readonly previous?: PodStatus;
  readonly isReady?: boolean;
}

const statusOf = ({ pod: of = pod(), seen, waiting = new Map(), previous = {}, isReady = true }: Case): PodStatus =>
  podStatus({
    pod: of,
    observed: seen,
    waiting,
    previous,
    isReady: () => isReady,
    isStarted: () => true,
    runtimeName: 'containerd',
    hostIps: ['192.0.2.1'],
    now: NOW,
  });

const truths = ({ conditions = [] }: PodStatus): string =>
  conditions
    .filter(({ status }) => status === 'True')
    .map(({ type }) => type)
    .join(' ');

describe('podStatus', () => {
  it.each([
    { name: 'nothing yet', seen: NOTHING_OBSERVED, phase: 'Pending', state: 'ContainerCreating', conditions: 'Initialized PodScheduled' },
    {
      name: 'a container made, not started',
      seen: observed([sandbox()], [created('web')]),
      phase: 'Pending',
      state: 'ContainerCreating',
      conditions: 'PodReadyToStartContainers Initialized PodScheduled',
    },
    {
      name: 'running',
      seen: observed([sandbox()], [running('web')]),
      phase: 'Running',
      state: 'running',
      conditions: 'PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled',
    },
    {
      name: 'running, its readiness probe failing',
      seen: observed([sandbox()], [running('web')]),
      isReady: false,
      phase: 'Running',
      state: 'running',
      conditions: 'PodReadyToStartContainers Initialized PodScheduled',
    },
    {
      name: 'completed',
      pod: never,
      seen: observed([sandbox({ isReady: false })], [exited('web', 0)]),
      phase: 'Succeeded',
      state: 'Completed',
      conditions: 'Initialized PodScheduled',
    },
    {
      name: 'failed',
      pod: never,
      seen: observed([sandbox({ isReady: false })], [exited('web', 3)]),
      phase: 'Failed',
      state: 'Error',
      conditions: 'Initialized PodScheduled',
    },
    {
      name: 'killed for memory',
      pod: never,
      seen: observed([sandbox()], [exited('web', 137, { reason: 'OOMKilled' })]),
      phase: 'Failed',
      state: 'OOMKilled',
      conditions: 'PodReadyToStartContainers Initialized PodScheduled',
    },
    {
      name: 'between two tries',
      seen: observed([sandbox()], [exited('web', 1)]),
      phase: 'Running',
      state: 'Error',
      conditions: 'PodReadyToStartContainers Initialized PodScheduled',
    },
    {
      name: 'held back after crashes',
      seen: observed([sandbox()], [exited('web', 1)]),
      waiting: new Map([['web', { reason: 'CrashLoopBackOff' }]]),
      phase: 'Running',
      state: 'CrashLoopBackOff',
      conditions: 'PodReadyToStartContainers Initialized PodScheduled',
    },
    {
      name: 'an image that cannot be had',
      seen: observed([sandbox()]),
      waiting: new Map([['web', { reason: 'ErrImagePull' }]]),
      phase: 'Pending',
      state: 'ErrImagePull',
      conditions: 'PodReadyToStartContainers Initialized PodScheduled',
    },
    {
      name: 'an init container at work',
      pod: pod({ initContainers: [container('init')] }),
      seen: observed([sandbox()], [running('init')]),
      phase: 'Pending',
      state: 'PodInitializing',
      conditions: 'PodReadyToStartContainers PodScheduled',
    },
    {
      name: 'an init container that failed for good',
      pod: pod({ restartPolicy: 'Never', initContainers: [container('init')] }),
      seen: observed([sandbox()], [exited('init', 1)]),
      phase: 'Failed',
      state: 'PodInitializing',
      conditions: 'PodReadyToStartContainers PodScheduled',
    },
    {
      name: 'a pod of many tries whose sandbox died with it, never restarted',
      pod: pod({ restartPolicy: 'Never', containers: [container('web'), container('other')] }),
      seen: observed([sandbox({ isReady: false })], [exited('web', 137)]),
      phase: 'Failed',
      state: 'Error',
      conditions: 'Initialized PodScheduled',
    },
  ])('$name: $phase, $state', ({ phase, state: want, conditions, name: _, ...given }) => {
    const status = statusOf(given);
    const state = status.containerStatuses?.[0]?.state;
    expect(status.phase).toBe(phase);
    expect(state?.waiting?.reason ?? state?.terminated?.reason ?? 'running').toBe(want);
    expect(truths(status)).toBe(conditions);
  });

  it('tells the last attempt beside the present one', () => {
    const seen = observed([sandbox()], [running('web', { attempt: 2 }), exited('web', 7, { attempt: 1, message: 'bye' })]);
    expect(statusOf({ seen }).containerStatuses).toEqual([
      {
        name: 'web',
        image: 'box:1',
        imageID: 'sha256:1',
        containerID: 'containerd://web-2',
        restartCount: 2,
        ready: true,
        started: true,
        state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
        lastState: {
          terminated: {
            exitCode: 7,
            reason: 'Error',
            message: 'bye',
            startedAt: '2026-01-01T00:00:01Z',
            finishedAt: '2026-01-01T00:00:02Z',
            containerID: 'containerd://web-1',
          },
        },
      },
    ]);
  });

  it('keeps the time of a condition that does not change, and the start time', () => {
    const before = statusOf({
      seen: NOTHING_OBSERVED,
      previous: {
        startTime: '2026-01-01T00:00:00Z',
        conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    });
    const times = Object.fromEntries((before.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));
    expect(before.startTime).toBe('2026-01-01T00:00:00Z');
    expect(times).toEqual(expect.objectContaining({ PodScheduled: '2026-01-01T00:00:00Z', Initialized: NOW }));
  });

  it('leaves the conditions of others alone, and waits for readiness gates', () => {
    const gated = pod({ readinessGates: [{ conditionType: 'lb.example/ready' }] });
    const seen = observed([sandbox()], [running('web')]);
    expect(truths(statusOf({ pod: gated, seen }))).not.toMatch(/ Ready /);
    const previous = { conditions: [{ type: 'lb.example/ready', status: 'True' }] };
    const status = statusOf({ pod: gated, seen, previous });
    expect(truths(status)).toMatch(/ Ready .*lb\.example\/ready/);
  });

  it('has the addresses of the node with its network, and of the sandbox else', () => {
    expect(statusOf({ seen: observed([sandbox()]) })).toMatchObject({ podIP: '10.0.0.2', hostIP: '192.0.2.1' });
    expect(statusOf({ pod: pod({ hostNetwork: true }), seen: observed([sandbox({ ips: [] })]) }).podIP).toBe('192.0.2.1');
  });

  it('never takes the end of a pod back', () => {
    expect(statusOf({ seen: observed([sandbox()], [running('web')]), previous: { phase: 'Failed', reason: 'Evicted' } })).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
    });
  });
});

it('leaves a pod that is over as it is, once its containers are gone', () => {
  const previous: PodStatus = { phase: 'Failed', reason: 'OutOfcpu', message: 'Pod was rejected: no room' };
  const status = podStatus({
    pod: pod(),
    observed: { sandboxes: [], containers: [] },
    waiting: new Map(),
    isReady: () => false,
    isStarted: () => false,
    runtimeName: 'fake',
    isStopped: true,
    previous,
    hostIps: ['192.0.2.1'],
    now: '2026-01-01T00:00:00Z',
  });
  expect(status).toEqual(previous);
});
