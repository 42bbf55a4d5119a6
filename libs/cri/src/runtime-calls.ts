import { StatusError } from '@steersman/status';
import { type Call, lasting } from './call.ts';
import type { Cri } from './cri.ts';
import type { RuntimeMethods } from './methods.ts';

/** An answer that CRI says is always there. */
function present<T>(what: string, value: T | null): T {
  if (value === null) throw new StatusError('InternalError', `the container runtime answered without ${what}`);
  return value;
}

export const runtimeCalls = (
  call: Call,
  rpc: RuntimeMethods,
): Pick<Cri, 'version' | 'status' | 'containerStats' | 'listContainerStats'> => ({
  version: options => call(rpc.Version, { version: 'v1' }, options),

  status: async options => {
    const { status, runtimeHandlers } = await call(rpc.Status, {}, options);
    return { conditions: present('its status', status).conditions, handlers: runtimeHandlers.map(({ name }) => name) };
  },

  containerStats: async (containerId, options) => present('the stats', (await call(rpc.ContainerStats, { containerId }, options)).stats),

  listContainerStats: async (filter = {}, options) => (await call(rpc.ListContainerStats, { filter }, options)).stats,
});

type SandboxCalls = Pick<Cri, 'runPodSandbox' | 'stopPodSandbox' | 'removePodSandbox' | 'podSandboxStatus' | 'listPodSandboxes'>;

export const sandboxCalls = (call: Call, rpc: RuntimeMethods): SandboxCalls => ({
  runPodSandbox: async (config, runtimeHandler, options) =>
    (await call(rpc.RunPodSandbox, { config, runtimeHandler }, options)).podSandboxId,

  stopPodSandbox: async (podSandboxId, options) => void (await call(rpc.StopPodSandbox, { podSandboxId }, options)),

  removePodSandbox: async (podSandboxId, options) => void (await call(rpc.RemovePodSandbox, { podSandboxId }, options)),

  podSandboxStatus: async (podSandboxId, options) =>
    present('the status', (await call(rpc.PodSandboxStatus, { podSandboxId }, options)).status),

  listPodSandboxes: async ({ state, ...filter } = {}, options) =>
    (await call(rpc.ListPodSandbox, { filter: { ...filter, ...(state && { state: { state } }) } }, options)).items,
});

type ContainerCalls = Pick<
  Cri,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'listContainers'
  | 'containerStatus'
  | 'updateContainerResources'
  | 'reopenContainerLog'
>;

export const containerCalls = (call: Call, rpc: RuntimeMethods): ContainerCalls => ({
  createContainer: async (podSandboxId, config, sandboxConfig, options) =>
    (await call(rpc.CreateContainer, { podSandboxId, config, sandboxConfig }, options)).containerId,

  startContainer: async (containerId, options) => void (await call(rpc.StartContainer, { containerId }, options)),

  stopContainer: async (containerId, timeout, options) =>
    void (await call(rpc.StopContainer, { containerId, timeout }, lasting(Math.max(timeout, 1), options))),

  removeContainer: async (containerId, options) => void (await call(rpc.RemoveContainer, { containerId }, options)),

  listContainers: async ({ state, ...filter } = {}, options) =>
    (await call(rpc.ListContainers, { filter: { ...filter, ...(state && { state: { state } }) } }, options)).containers,

  containerStatus: async (containerId, options) =>
    present('the status', (await call(rpc.ContainerStatus, { containerId }, options)).status),

  updateContainerResources: async (containerId, linux, options) =>
    void (await call(rpc.UpdateContainerResources, { containerId, linux }, options)),

  reopenContainerLog: async (containerId, options) => void (await call(rpc.ReopenContainerLog, { containerId }, options)),
});

export const streamCalls = (call: Call, rpc: RuntimeMethods): Pick<Cri, 'execSync' | 'exec' | 'attach' | 'portForward'> => ({
  execSync: (containerId, cmd, timeout, options) => call(rpc.ExecSync, { containerId, cmd, timeout }, lasting(timeout, options)),

  exec: async (request, options) => (await call(rpc.Exec, request, options)).url,

  attach: async (request, options) => (await call(rpc.Attach, request, options)).url,

  portForward: async (request, options) => (await call(rpc.PortForward, request, options)).url,
});
