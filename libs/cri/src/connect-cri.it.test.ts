import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@steersman/telemetry';
import { BOX_IMAGE, type Containerd, startContainerd } from '../testing/index.ts';
import { connectCri } from './connect-cri.ts';
import type { PodSandboxConfig } from './config.ts';

let containerd: Containerd;
let sandboxConfig: PodSandboxConfig;
let sandboxId: string;

beforeAll(async () => {
  containerd = await startContainerd();
  sandboxConfig = {
    metadata: { name: 'p', uid: 'u1', namespace: 'ns', attempt: 0 },
    logDirectory: join(containerd.folder, 'logs'),
    labels: { app: 'cri' },
    linux: { cgroupParent: containerd.cgroupParent, securityContext: { namespaceOptions: { network: 'NODE' } } },
  };
  mkdirSync(join(containerd.folder, 'logs'));
  sandboxId = await containerd.cri.runPodSandbox(sandboxConfig, '');
}, 60_000);
afterAll(async () => containerd?.[Symbol.asyncDispose](), 60_000);

/** A container of the sandbox that runs `script`. */
async function run(name: string, script: string): Promise<string> {
  const config = {
    metadata: { name, attempt: 0 },
    image: { image: BOX_IMAGE },
    command: ['/bin/sh', '-c', script],
    logPath: `${name}.log`,
    envs: [{ key: 'GREETING', value: 'hello' }],
    labels: { container: name },
  };
  const id = await containerd.cri.createContainer(sandboxId, config, sandboxConfig);
  await containerd.cri.startContainer(id);
  return id;
}

const state = async (id: string): Promise<string> => (await containerd.cri.containerStatus(id)).state;

async function ended(id: string): Promise<void> {
  while ((await state(id)) === 'CONTAINER_RUNNING') await new Promise(setImmediate);
}

describe('connectCri', () => {
  it('tells the version and whether runtime and network are ready', async () => {
    expect(await containerd.cri.version()).toMatchObject({ runtimeName: 'containerd', runtimeApiVersion: 'v1' });
    expect((await containerd.cri.status()).conditions).toEqual([
      expect.objectContaining({ type: 'RuntimeReady', status: true }),
      expect.objectContaining({ type: 'NetworkReady', status: false }),
    ]);
  });

  it('lists and describes sandboxes', async () => {
    const [found, ...more] = await containerd.cri.listPodSandboxes({ labelSelector: { app: 'cri' }, state: 'SANDBOX_READY' });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ id: sandboxId, metadata: sandboxConfig.metadata, state: 'SANDBOX_READY' });
    expect(await containerd.cri.listPodSandboxes({ labelSelector: { app: 'other' } })).toEqual([]);
    const status = await containerd.cri.podSandboxStatus(sandboxId);
    expect(status.createdAt / 1e6).toBeGreaterThan(Date.now() - 60_000);
  });

  it('runs a container to its end, with its log and exit code', async () => {
    const id = await run('short', 'echo $GREETING; exit 3');
    await ended(id);
    expect(await containerd.cri.containerStatus(id)).toMatchObject({
      state: 'CONTAINER_EXITED',
      exitCode: 3,
      reason: 'Error',
      logPath: join(containerd.folder, 'logs', 'short.log'),
      image: { image: BOX_IMAGE },
    });
    expect(readFileSync(join(containerd.folder, 'logs', 'short.log'), 'utf8')).toMatch(/^\S+Z stdout F hello\n$/);
    await containerd.cri.removeContainer(id);
    await expect(containerd.cri.containerStatus(id)).rejects.toMatchObject({ reason: 'NotFound' });
    await containerd.cri.removeContainer(id);
  });

  it('executes commands, and stops them in time', async () => {
    const id = await run('long', 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done');
    const result = await containerd.cri.execSync(id, ['/bin/sh', '-c', 'echo out; echo err >&2; exit 7'], 10);
    expect(result).toEqual({ stdout: Buffer.from('out\n'), stderr: Buffer.from('err\n'), exitCode: 7 });
    await expect(containerd.cri.execSync(id, ['/bin/sleep', '60'], 1)).rejects.toMatchObject({ reason: 'Timeout' });
    const [stats] = await containerd.cri.listContainerStats({ podSandboxId: sandboxId });
    expect(stats).toMatchObject({
      attributes: { id, labels: { container: 'long' } },
      memory: { workingSetBytes: { value: expect.any(Number) } },
    });
    await containerd.cri.reopenContainerLog(id);
    await containerd.cri.stopContainer(id, 5);
    expect(await state(id)).toBe('CONTAINER_EXITED');
    await containerd.cri.stopContainer(id, 5);
  });

  it('knows the images there are', async () => {
    const image = await containerd.cri.imageStatus(BOX_IMAGE);
    expect(image?.repoTags).toEqual([BOX_IMAGE]);
    expect(await containerd.cri.imageStatus('test.steersman.io/none:1')).toBeUndefined();
    expect((await containerd.cri.listImages()).map(({ id }) => id)).toContain(image?.id);
    expect(await containerd.cri.imageFsInfo()).toEqual([expect.objectContaining({ fsId: { mountpoint: expect.any(String) } })]);
  });

  it('gives up on abort', async () => {
    const id = await run('aborted', 'sleep 3600');
    const abort = new AbortController();
    const call = containerd.cri.execSync(id, ['/bin/sleep', '60'], 0, { signal: abort.signal });
    abort.abort(new Error('no longer wanted'));
    await expect(call).rejects.toThrow('no longer wanted');
  });

  it('says that a runtime is away, and finds it again', async () => {
    using away = connectCri({ endpoint: `unix://${containerd.folder}/none.sock`, log: silentLogger });
    await expect(away.version()).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
    await containerd.kill();
    await expect(containerd.cri.version()).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
    await containerd.restart();
    expect((await containerd.cri.podSandboxStatus(sandboxId)).state).toBe('SANDBOX_READY');
  }, 30_000);
});
