import { podKind } from '@steersman/types';
import { NodeWorld } from '../../testing/node-world.ts';
import { until as untilTrue } from '../../testing/until.ts';

let world: NodeWorld;
beforeEach(() => {
  world = new NodeWorld();
});
afterEach(async () => {
  await world.close();
});

const until = (what: string, check: () => boolean): Promise<void> => untilTrue(what, check, () => world.cri.calls);
const isRunning = (name?: string): boolean => world.pod(name)?.status.phase === 'Running';
const containers = () =>
  world
    .pod()
    ?.status.containerStatuses?.map(({ name, restartCount, state }) => ({ name, restartCount, state: Object.keys(state ?? {})[0] }));
const reasons = (): readonly string[] => world.events.map(({ reason }) => reason);

describe('PodAgent', () => {
  it('brings a pod to Running, and tells of it', async () => {
    await world.createPod();
    world.startKubelet();
    await until('Running', isRunning);
    expect(world.cri.calls).toEqual(['runPodSandbox #0', 'createContainer web#0', 'startContainer web#0']);
    expect(containers()).toEqual([{ name: 'web', restartCount: 0, state: 'running' }]);
    expect(world.pod()?.status).toMatchObject({ podIP: '10.0.0.1', hostIP: '192.0.2.1', qosClass: 'BestEffort' });
    expect(reasons()).toEqual(['Pulled', 'Created', 'Started']);
  });

  it('runs init containers in order before the pod', async () => {
    await world.createPod({
      initContainers: [
        { name: 'first', image: 'box:1' },
        { name: 'second', image: 'box:1' },
      ],
    });
    world.startKubelet();
    for (const name of ['first#0', 'second#0']) {
      await until(name, () => world.cri.running().includes(name));
      expect(world.cri.running()).toEqual([name]);
      world.cri.exit(name, 0);
    }
    await until('Running', isRunning);
    expect(world.cri.running()).toEqual(['web#0']);
  });

  it('starts a container that ended once more, and tells how it ended', async () => {
    await world.createPod();
    world.startKubelet();
    await until('Running', isRunning);
    world.cri.exit('web#0', 3);
    await until('a restart', () => world.cri.running().includes('web#1'));
    await until('its status', () => containers()?.[0]?.restartCount === 1);
    expect(world.pod()?.status.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  it('lets a pod that is not restarted end', async () => {
    await world.createPod({ restartPolicy: 'Never' });
    world.startKubelet();
    await until('Running', isRunning);
    world.cri.exit('web#0', 0);
    await until('Succeeded', () => world.pod()?.status.phase === 'Succeeded');
    await until('its sandbox to stop', () => world.cri.calls.includes('stopPodSandbox'));
    expect(world.cri.calls).not.toContain('removeContainer');
  });

  it('deletes in order: container, sandbox, then the object', async () => {
    await world.createPod({ terminationGracePeriodSeconds: 7 });
    world.startKubelet();
    await until('Running', isRunning);
    await world.client.of(podKind).delete({ namespace: 'default', name: 'web' });
    await until('the pod to go', () => world.pod() === undefined);
    await until('its sandbox to go', () => world.cri.sandboxes.size === 0);
    expect(world.cri.calls.slice(3)).toEqual(['stopContainer 7s', 'stopPodSandbox', 'removeContainer', 'removePodSandbox']);
    expect(world.client.writes.at(-1)).toMatchObject({ verb: 'delete', body: { gracePeriodSeconds: 0 } });
  });

  it('fails a pod the node has no room for, and starts nothing of it', async () => {
    await world.createPod({ containers: [{ name: 'web', image: 'box:1', resources: { requests: { cpu: '3' } } }] });
    world.startKubelet();
    await until('Failed', () => world.pod()?.status.phase === 'Failed');
    const text = "Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000";
    expect(world.pod()?.status).toMatchObject({ reason: 'OutOfcpu', message: `Pod was rejected: ${text}` });
    expect(world.events).toMatchObject([{ type: 'Warning', reason: 'OutOfcpu', message: text }]);
    expect(world.cri.calls).toEqual([]);
  });

  it('says why an image cannot be had, and tries again', async () => {
    await world.createPod({ containers: [{ name: 'web', image: 'none:1' }] });
    world.startKubelet();
    await until('ErrImagePull', () => world.pod()?.status.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull');
    await until('ImagePullBackOff', () => world.pod()?.status.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff');
    expect(world.cri.calls.filter(call => call.startsWith('pullImage'))).toHaveLength(0);
    expect(reasons()).toEqual(expect.arrayContaining(['Pulling', 'Failed', 'BackOff']));
  });

  it('waits for a config map its environment needs', async () => {
    await world.createPod({ containers: [{ name: 'web', image: 'box:1', envFrom: [{ configMapRef: { name: 'settings' } }] }] });
    world.startKubelet();
    await until(
      'CreateContainerConfigError',
      () => world.pod()?.status.containerStatuses?.[0]?.state?.waiting?.message === 'configmap "settings" not found',
    );
    await world.createConfigMap('settings', { A: '1' });
    await until('Running', isRunning);
  });
});

describe('a kubelet that is killed', () => {
  /** What a pod's start changes in the runtime, one after the other. */
  const STEPS = ['runPodSandbox #0', 'createContainer web#0', 'startContainer web#0'];
  const deaths = STEPS.flatMap(step => [
    { name: `before ${step}`, step, when: 'before' },
    { name: `after ${step}`, step, when: 'after' },
  ]);

  it.each(deaths)('$name starts nothing twice', async ({ step, when }) => {
    await world.createPod();
    const death = Promise.withResolvers<void>();
    const die = (call: string): void => {
      if (call !== step) return;
      death.resolve();
      throw new Error('killed');
    };
    const first = world.startKubelet(when === 'before' ? { before: die } : { after: die });
    await death.promise;
    await first.kill();
    world.startKubelet();
    await until('Running', isRunning);
    expect(world.cri.calls.filter(call => call.startsWith('startContainer'))).toEqual(['startContainer web#0']);
    expect(world.cri.running()).toEqual(['web#0']);
    expect(containers()).toEqual([{ name: 'web', restartCount: 0, state: 'running' }]);
    expect(world.cri.sandboxes.size).toBe(1);
  });

  it('leaves what runs alone', async () => {
    await world.createPod();
    const first = world.startKubelet();
    await until('Running', isRunning);
    const before = world.pod()?.status;
    await first.kill();
    const calls = world.cri.calls.length;
    const second = world.startKubelet();
    await until('the worker', () => second.agent.find('default', 'web')?.observed.containers.length === 1);
    expect(world.cri.calls.length).toBe(calls);
    expect(world.pod()?.status).toEqual(before);
  });

  it('ends a pod that was deleted meanwhile', async () => {
    await world.createPod();
    const first = world.startKubelet();
    await until('Running', isRunning);
    await first.kill();
    await world.client.of(podKind).delete({ namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 });
    world.startKubelet();
    await until('nothing to be left', () => world.cri.sandboxes.size === 0 && world.cri.containers.size === 0);
  });

  it('finds the pods of a rebooted machine again, in new sandboxes', async () => {
    await world.createPod();
    const first = world.startKubelet();
    await until('Running', isRunning);
    await first.kill();
    world.cri.reboot();
    world.startKubelet();
    await until('its container', () => world.cri.running().includes('web#1'));
    await until('its status', () => containers()?.[0]?.restartCount === 1);
  });
});

describe('a node that shuts down', () => {
  it('stops pods within their grace period, but not for longer than there is time', async () => {
    await world.createPod({ terminationGracePeriodSeconds: 7 });
    await world.createPod({ terminationGracePeriodSeconds: 600, restartPolicy: 'Never' }, 'patient');
    const { agent } = world.startKubelet();
    await until('Running', () => isRunning() && isRunning('patient'));
    await agent.shutDown(60_000);
    expect(world.cri.calls.filter(call => call.startsWith('stop')).toSorted()).toEqual([
      'stopContainer 60s',
      'stopContainer 7s',
      'stopPodSandbox',
      'stopPodSandbox',
    ]);
    expect(world.cri.running()).toEqual([]);
    expect(world.pod()?.status.phase).toBe('Running');
    expect(world.pod('patient')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'Terminated',
      containerStatuses: [{ state: { terminated: {} } }],
    });
  });

  it('goes on with its pods when it is back', async () => {
    await world.createPod();
    const kubelet = world.startKubelet();
    await until('Running', isRunning);
    await kubelet.agent.shutDown(1_000);
    await kubelet.kill();
    world.startKubelet();
    await until('a restart', () => world.cri.running().includes('web#1'));
    await until('its status', () => containers()?.[0]?.restartCount === 1);
  });
});
