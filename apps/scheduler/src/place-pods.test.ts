import { createEventRecorder } from '@steersman/controller';
import { StatusError } from '@steersman/status';
import { createLogger, Metrics, newTrace, withTrace } from '@steersman/telemetry';
import { FakeClient, type FakeClientOptions, FakeClock, settled } from '@steersman/testing';
import { eventKind, type New, type Node, nodeKind, type Pod, podKind } from '@steersman/types';
import { placePods } from './place-pods.ts';
import { placementMetrics } from './placement.metrics.ts';

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach(stop => stop.abort()));

class World {
  readonly clock = new FakeClock();
  readonly lines: Record<string, unknown>[] = [];
  readonly client: FakeClient;
  readonly registry = new Metrics();

  constructor(options: FakeClientOptions = {}) {
    this.client = new FakeClient({ now: () => this.clock.wall(), ...options });
  }

  /** One more process; the returned function kills it. */
  run(): () => void {
    const stop = new AbortController();
    stops.push(stop);
    const log = createLogger({ app: 'scheduler', write: line => this.lines.push(JSON.parse(line)) });
    const [client, clock, signal] = [this.client, this.clock, stop.signal];
    const recorder = createEventRecorder({ events: client.of(eventKind), component: 'default-scheduler', signal, clock });
    const metrics = placementMetrics(this.registry, 'default-scheduler');
    placePods({ client, recorder, schedulerName: 'default-scheduler', metrics, clock, log, signal }).catch(err => {
      if (!signal.aborted) throw err;
    });
    return () => stop.abort();
  }

  async node(name: string, { cpu = '4', taints = [] }: { cpu?: string; taints?: Node['spec']['taints'] } = {}): Promise<void> {
    const node: New<Node> = { metadata: { name }, spec: { ...(taints && { taints }) }, status: {} };
    const made = await this.client.of(nodeKind).create(node);
    await this.client.of(nodeKind).updateStatus({ ...made, status: { allocatable: { cpu, memory: '8Gi', pods: '110' } } });
  }

  pod(name: string, cpu = '1'): Promise<Pod> {
    const spec = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] };
    return this.client.of(podKind).create({ metadata: { name, namespace: 'default' }, spec, status: {} });
  }

  found(name: string): Pod {
    const pod = this.client.all(podKind)[`default/${name}`];
    if (!pod) throw new Error(`no pod ${name}`);
    return pod;
  }

  condition(name: string) {
    return this.found(name).status.conditions?.find(({ type }) => type === 'PodScheduled');
  }

  events(): readonly string[] {
    return Object.values(this.client.all(eventKind)).map(
      ({ type, reason, message, source, count }) => `${type} ${reason} ${source?.component} ${message} x${count}`,
    );
  }

  bindings(): readonly string[] {
    return this.client.writes.filter(({ subresource }) => subresource === 'binding').map(({ name }) => name ?? '');
  }
}

describe('placePods', () => {
  it('ends lesser pods to make room for one of higher priority, and says so to both', async () => {
    const world = new World();
    world.run();
    await world.node('node1');
    await world.pod('low', '4');
    await settled();
    const spec = { priority: 10, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '2' } } }] };
    const urgent = await world.client.of(podKind).create({ metadata: { name: 'urgent', namespace: 'default' }, spec, status: {} });
    await settled();
    expect(world.found('urgent').status.nominatedNodeName).toBe('node1');
    expect(world.found('low')).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
      status: {
        conditions: expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget', reason: 'PreemptionByScheduler' })]),
      },
    });
    expect(world.events()).toContain(`Normal Preempted default-scheduler Preempted by pod ${urgent.metadata.uid} on node node1 x1`);
    await world.client.of(podKind).delete(world.found('low').metadata, { gracePeriodSeconds: 0 });
    await world.clock.advance(2_000);
    await settled();
    expect(world.found('urgent').spec.nodeName).toBe('node1');
  });

  it('binds a pod, tells of it, and logs it under the trace of the call that made it', async () => {
    const world = new World();
    world.run();
    await world.node('node1');
    const trace = newTrace();
    await withTrace(trace, () => world.pod('web'));
    await settled();
    expect(world.found('web')).toMatchObject({
      spec: { nodeName: 'node1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    expect(world.events()).toEqual(['Normal Scheduled default-scheduler Successfully assigned default/web to node1 x1']);
    expect(world.lines.find(({ message }) => message === 'pod bound')).toMatchObject({
      trace: trace.traceId,
      pod: 'default/web',
      node: 'node1',
    });
    expect(world.registry.text()).toContain('scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"} 1');
  });

  it('says why a pod has no node, and binds it when one comes', async () => {
    const world = new World();
    world.run();
    await world.pod('web');
    await settled();
    expect(world.condition('web')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: 'no nodes available to schedule pods',
    });
    await world.node('small', { cpu: '500m' });
    await world.node('big');
    await settled();
    await world.clock.advance(1_000);
    expect(world.found('web').spec.nodeName).toBe('big');
    expect(world.condition('web')).toMatchObject({ status: 'True' });
    expect(world.events()).toEqual([
      'Warning FailedScheduling default-scheduler no nodes available to schedule pods x1',
      'Normal Scheduled default-scheduler Successfully assigned default/web to big x1',
    ]);
  });

  it('sees all pods before it places one', async () => {
    const world = new World();
    await world.node('a');
    await world.node('b');
    const first = await world.pod('a-waiting', '3');
    const old = await world.pod('z-old', '3');
    await world.client.of(podKind).post(old.metadata, 'binding', { target: { kind: 'Node', name: 'a' } });
    world.run();
    await settled();
    expect(world.found(first.metadata.name).spec.nodeName).toBe('b');
  });

  it('lets two processes at once bind each pod once', async () => {
    const world = new World();
    await world.node('a');
    world.run();
    world.run();
    await Promise.all(['x', 'y', 'z'].map(name => world.pod(name)));
    await settled();
    await world.clock.advance(5_000);
    expect(['x', 'y', 'z'].map(name => world.found(name).spec.nodeName)).toEqual(['a', 'a', 'a']);
    expect(world.events().filter(line => line.startsWith('Normal'))).toHaveLength(3);
  });

  it('tries again when the API was away, and leaves the room free meanwhile', async () => {
    let failures = 1;
    const world = new World({
      intercept: ({ subresource }) => {
        if (subresource === 'binding' && failures-- > 0) throw new StatusError('ServiceUnavailable', 'the connection is lost');
      },
    });
    world.run();
    await world.node('a', { cpu: '1' });
    await world.pod('web');
    await settled();
    expect(world.found('web').spec.nodeName).toBeUndefined();
    await world.clock.advance(1_000);
    expect(world.found('web').spec.nodeName).toBe('a');
    expect(world.bindings()).toEqual(['web', 'web']);
  });

  it('never says of a bound pod that it has no node', async () => {
    const world = new World({
      intercept: async ({ verb, resource, name }) => {
        if (verb !== 'patch' || resource !== 'pods' || world.found(name ?? '').spec.nodeName) return;
        await world.client.of(podKind).post(world.found(name ?? '').metadata, 'binding', { target: { kind: 'Node', name: 'elsewhere' } });
      },
    });
    world.run();
    await world.pod('web');
    await settled();
    expect(world.condition('web')).toMatchObject({ status: 'True' });
  });

  it('goes on where a killed one stopped', async () => {
    const world = new World();
    const kill = world.run();
    await world.node('a', { cpu: '2' });
    await world.pod('p1');
    await settled();
    kill();
    await world.pod('p2');
    await world.pod('p3');
    await settled();
    expect(world.found('p2').spec.nodeName).toBeUndefined();
    world.run();
    await settled();
    expect(['p1', 'p2', 'p3'].map(name => world.found(name).spec.nodeName)).toEqual(['a', 'a', undefined]);
    expect(world.condition('p3')?.message).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    );
    expect(world.bindings()).toEqual(['p1', 'p2']);
  });
});
