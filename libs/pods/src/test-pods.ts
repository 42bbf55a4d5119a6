import type { Container, Pod, PodSpec } from '@steersman/types';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from './observed.ts';

/** A pod for tests: one container `web`, restarted always. */
export const pod = (spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: {
    name: 'p',
    namespace: 'ns',
    uid: 'u1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadata,
  },
  spec: { restartPolicy: 'Always', nodeName: 'n', containers: [container('web')], ...spec },
  status: { phase: 'Pending' },
});

export const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'box:1', ...more });

export const sandbox = (more: Partial<ObservedSandbox> = {}): ObservedSandbox => ({
  id: `s${more.attempt ?? 0}`,
  attempt: 0,
  isReady: true,
  ips: ['10.0.0.2'],
  ...more,
});

const made = (name: string, state: ObservedContainer['state'], more: Partial<ObservedContainer>): ObservedContainer => ({
  id: `${name}-${more.attempt ?? 0}`,
  name,
  attempt: 0,
  sandboxId: 's0',
  state,
  image: 'box:1',
  imageId: 'sha256:1',
  ...more,
});

export const created = (name: string, more: Partial<ObservedContainer> = {}) => made(name, 'created', more);

export const running = (name: string, more: Partial<ObservedContainer> = {}) =>
  made(name, 'running', { startedAt: '2026-01-01T00:00:01Z', ...more });

export const exited = (name: string, exitCode: number, more: Partial<ObservedContainer> = {}) =>
  made(name, 'exited', {
    exitCode,
    startedAt: '2026-01-01T00:00:01Z',
    finishedAt: '2026-01-01T00:00:02Z',
    finishedAtMs: Date.parse('2026-01-01T00:00:02Z'),
    ...more,
  });

export const observed = (sandboxes: readonly ObservedSandbox[], containers: readonly ObservedContainer[] = []): ObservedPod => ({
  sandboxes,
  containers,
});
