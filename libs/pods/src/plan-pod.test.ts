import { CrashLoop } from './crash-loop.ts';
import { NOTHING_OBSERVED } from './observed.ts';
import { planPod, type PodAction } from './plan-pod.ts';
import { container, created, exited, observed, pod, running, sandbox } from './test-pods.ts';

const NOW = Date.parse('2026-01-01T00:00:03Z');
const withInit = pod({ initContainers: [container('init'), container('second')] });
const withSidecar = pod({ initContainers: [container('proxy', { restartPolicy: 'Always' })] });
const never = pod({ restartPolicy: 'Never' });
const onFailure = pod({ restartPolicy: 'OnFailure' });

/** `start web#0`: an action in one word or two. */
function said(action: PodAction): string {
  switch (action.type) {
    case 'startContainer':
      return `start ${action.container.name}#${action.attempt}${action.createdId ? ' (created)' : ''}`;
    case 'createSandbox':
      return `sandbox #${action.attempt}`;
    case 'stopSandbox':
      return `stop ${action.sandboxId}`;
    case 'removeContainer':
      return `remove ${action.id}`;
    case 'killContainer':
      return `kill ${action.id}`;
  }
}

describe('planPod', () => {
  it.each([
    { name: 'a new pod gets a sandbox', pod: pod(), seen: NOTHING_OBSERVED, want: ['sandbox #0'] },
    { name: 'then its container', pod: pod(), seen: observed([sandbox()]), want: ['start web#0'] },
    { name: 'nothing more once it runs', pod: pod(), seen: observed([sandbox()], [running('web')]), want: [] },
    {
      name: 'a container made and not started is started, not made again',
      pod: pod(),
      seen: observed([sandbox()], [created('web')]),
      want: ['start web#0 (created)'],
    },
    {
      name: 'a sandbox without an address is replaced',
      pod: pod(),
      seen: observed([sandbox({ ips: [] })]),
      want: ['stop s0', 'sandbox #1'],
    },
    {
      name: 'a sandbox of the node needs no address',
      pod: pod({ hostNetwork: true }),
      seen: observed([sandbox({ ips: [] })]),
      want: ['start web#0'],
    },
    {
      name: 'a sandbox that died before anything was started costs no attempt',
      pod: pod(),
      seen: observed([sandbox({ isReady: false })], [created('web')]),
      want: ['remove web-0', 'sandbox #1'],
    },
    {
      name: 'what ran in a dead sandbox is started once more in the next',
      pod: pod(),
      seen: observed([sandbox({ attempt: 1 }), sandbox({ isReady: false })], [exited('web', 137)]),
      want: ['start web#1'],
    },
    {
      name: 'a pod never restarted gets no second sandbox',
      pod: never,
      seen: observed([sandbox({ isReady: false })], [exited('web', 137)]),
      want: [],
    },
    {
      name: 'a pod whose work is done gets no second sandbox',
      pod: onFailure,
      seen: observed([sandbox({ isReady: false })], [exited('web', 0)]),
      want: [],
    },
    { name: 'an exit is answered by a restart', pod: pod(), seen: observed([sandbox()], [exited('web', 0)]), want: ['start web#1'] },
    { name: 'OnFailure leaves success alone', pod: onFailure, seen: observed([sandbox()], [exited('web', 0)]), want: [] },
    { name: 'OnFailure repeats failure', pod: onFailure, seen: observed([sandbox()], [exited('web', 1)]), want: ['start web#1'] },
    { name: 'Never repeats nothing', pod: never, seen: observed([sandbox()], [exited('web', 1)]), want: [] },
    { name: 'init containers come first, one by one', pod: withInit, seen: observed([sandbox()]), want: ['start init#0'] },
    { name: 'while one runs nothing else starts', pod: withInit, seen: observed([sandbox()], [running('init')]), want: [] },
    { name: 'the second follows the first', pod: withInit, seen: observed([sandbox()], [exited('init', 0)]), want: ['start second#0'] },
    {
      name: 'the pod itself follows the last',
      pod: withInit,
      seen: observed([sandbox()], [exited('init', 0), exited('second', 0)]),
      want: ['start web#0'],
    },
    {
      name: 'a failed init container is repeated',
      pod: withInit,
      seen: observed([sandbox()], [exited('init', 1)]),
      want: ['start init#1'],
    },
    {
      name: 'or ends a pod that is never restarted',
      pod: pod({ ...withInit.spec, restartPolicy: 'Never' }),
      seen: observed([sandbox()], [exited('init', 1)]),
      want: [],
    },
    {
      name: 'init containers removed since do not run again while the pod runs',
      pod: withInit,
      seen: observed([sandbox()], [running('web')]),
      want: [],
    },
    {
      name: 'a new sandbox starts from the first init container',
      pod: withInit,
      seen: observed([sandbox({ attempt: 1 }), sandbox({ isReady: false })], [exited('web', 137), exited('second', 0), exited('init', 0)]),
      want: ['start init#1'],
    },
    { name: 'a sidecar is started first', pod: withSidecar, seen: observed([sandbox()]), want: ['start proxy#0'] },
    {
      name: 'the pod follows once its sidecar runs',
      pod: withSidecar,
      seen: observed([sandbox()], [running('proxy')]),
      want: ['start web#0'],
    },
    {
      name: 'a sidecar that ends beside the pod is restarted',
      pod: withSidecar,
      seen: observed([sandbox()], [exited('proxy', 0), running('web')]),
      want: ['start proxy#1'],
    },
    {
      name: 'a container the runtime lost is killed first',
      pod: pod(),
      seen: observed([sandbox()], [{ ...running('web'), state: 'unknown' }]),
      want: ['kill web-0'],
    },
    {
      name: 'an ephemeral container is started once',
      pod: pod({ ephemeralContainers: [{ name: 'debug', image: 'box:1' }] }),
      seen: observed([sandbox()], [running('web')]),
      want: ['start debug#0'],
    },
  ])('$name', ({ pod: desired, seen, want }) => {
    const { actions } = planPod({ pod: desired, observed: seen, crashLoop: new CrashLoop(), nowMs: NOW });
    expect(actions.map(said)).toEqual(want);
  });

  it('holds a container that crashes back, and says until when', () => {
    const crashLoop = new CrashLoop();
    const seen = observed([sandbox()], [exited('web', 1, { attempt: 1 }), exited('web', 1)]);
    const finishedMs = Date.parse('2026-01-01T00:00:02Z');
    crashLoop.restarted('web', finishedMs - 1000, NOW - 500);
    const plan = planPod({ pod: pod(), observed: seen, crashLoop, nowMs: NOW });
    expect(plan).toEqual({ actions: [], held: new Map([['web', { delayMs: 10_000 }]]), wakeAtMs: finishedMs + 10_000 });
    expect(planPod({ pod: pod(), observed: seen, crashLoop, nowMs: finishedMs + 10_000 }).actions.map(said)).toEqual(['start web#2']);
  });

  it('kills what a probe has given up', () => {
    const plan = planPod({
      pod: pod(),
      observed: observed([sandbox()], [running('web')]),
      crashLoop: new CrashLoop(),
      nowMs: NOW,
      unhealthy: new Map([['web-0', 'failed liveness probe, will be restarted']]),
    });
    expect(plan.actions).toEqual([
      { type: 'killContainer', id: 'web-0', name: 'web', reason: 'Unhealthy', message: 'failed liveness probe, will be restarted' },
    ]);
  });

  it('waits for the startup probe of a sidecar', () => {
    const input = { pod: withSidecar, observed: observed([sandbox()], [running('proxy')]), crashLoop: new CrashLoop(), nowMs: NOW };
    expect(planPod({ ...input, isStarted: () => false }).actions).toEqual([]);
  });
});
