import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerConfig, Image, Mount, PodSandboxConfig } from '@steersman/cri';
import { environmentSources, resolveEnvironment, serviceEnvironment, type StartContainer } from '@steersman/pods';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import type { Container, Pod } from '@steersman/types';
import { pullCredentials } from '../images/pull-credentials.ts';
import { containerConfig, containerLogPath } from '../runtime/container-config.ts';
import { hostsFile } from '../runtime/hosts-file.ts';
import { podLogFolder } from '../runtime/sandbox-config.ts';
import { userFault } from '../runtime/security-context.ts';
import { targetOf } from '../runtime/target-of.ts';
import { messageOf, StartError } from '../start-error.ts';
import { volumeMounts } from '../volumes/container-mounts.ts';
import type { PodContext } from './pod-context.ts';
import type { PodEvents } from './pod-events.ts';
import type { PodObjects } from './pod-objects.ts';

const MASTER_SERVICES = 'default/kubernetes';

export interface StartDeps {
  readonly context: PodContext;
  /** With the status as last made: its IPs are what a fieldRef reads. */
  readonly pod: Pod;
  readonly sandboxId: string;
  readonly sandboxConfig: PodSandboxConfig;
  readonly volumes: ReadonlyMap<string, string>;
  readonly objects: PodObjects;
  readonly events: PodEvents;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Brings one container from its image to running, and returns its id. Throws StartError with the waiting reason of its status. */
export async function startContainer(action: StartContainer, deps: StartDeps): Promise<string> {
  const { container, attempt, createdId } = action;
  const { context, events, log, signal } = deps;
  const config = createdId === undefined ? await prepare(action, deps) : undefined;
  using _ = await context.starts.take(signal);
  const id = createdId ?? (config && (await create(container, config, deps))) ?? '';
  log.info('container created', { container: container.name, id, attempt });
  try {
    await context.cri.startContainer(id);
  } catch (err) {
    throw startFault('RunContainerError', err, deps, container);
  }
  events.normal('Started', 'Container started', container);
  log.info('container started', { container: container.name, id });
  return id;
}

async function prepare(action: StartContainer, deps: StartDeps): Promise<ContainerConfig> {
  const { container } = action;
  const { context, sandboxConfig, events, signal } = deps;
  const credentials = (image: string) => pullCredentials(image, deps.pod, deps.objects);
  const image = await context.puller.ensure({ container, sandboxConfig, credentials, events, signal });
  return await configOf(action, image, deps);
}

async function create(container: Container, config: ContainerConfig, deps: StartDeps): Promise<string> {
  const { context, sandboxId, sandboxConfig, events } = deps;
  try {
    const id = await context.cri.createContainer(sandboxId, config, sandboxConfig);
    events.normal('Created', 'Container created', container);
    return id;
  } catch (err) {
    throw startFault('CreateContainerError', err, deps, container);
  }
}

/** A runtime that is away says nothing of the container. */
function startFault(reason: string, err: unknown, { events }: StartDeps, container: Container): unknown {
  if (isReason(err, 'ServiceUnavailable', 'Timeout')) return err;
  events.warning('Failed', `Error: ${messageOf(err)}`, container);
  return new StartError(reason, messageOf(err), { cause: err });
}

async function configOf({ container, attempt }: StartContainer, image: Image, deps: StartDeps) {
  const { pod, context, events } = deps;
  try {
    const fault = userFault(pod, container, image);
    if (fault) throw new StartError('CreateContainerConfigError', fault);
    const target = targetOf(pod, container);
    if (target && target.id === undefined)
      throw new StartError('CreateContainerConfigError', `unable to find target container ${target.name}`);
    const variables = await environmentOf(container, deps);
    const mounts = await mountsOf({ container, attempt, variables }, deps);
    await mkdir(join(podLogFolder(pod, context.sandbox.podLogDir), dirname(containerLogPath(container.name, attempt))), {
      recursive: true,
    });
    return containerConfig(pod, container, { attempt, image, variables, mounts, memoryCapacityBytes: context.memoryCapacityBytes });
  } catch (err) {
    if (err instanceof StartError) events.warning('Failed', `Error: ${err.message}`, container);
    throw err;
  }
}

async function environmentOf(container: Container, { pod, context, objects }: StartDeps): Promise<ReadonlyMap<string, string>> {
  const names = environmentSources(container);
  const [configMaps, secrets] = await Promise.all([
    Promise.all(names.configMaps.map(async name => [name, (await objects.configMap(name))?.data] as const)),
    Promise.all(names.secrets.map(async name => [name, decoded((await objects.secret(name))?.data)] as const)),
  ]);
  const [ofMaps, ofSecrets] = [new Map(configMaps), new Map(secrets)];
  const environment = resolveEnvironment({
    pod,
    container,
    configMaps: name => ofMaps.get(name),
    secrets: name => ofSecrets.get(name),
    services: serviceEnvironment(visibleServices(pod, context)),
    allocatable: context.allocatable,
  });
  if (!environment.ok) throw new StartError('CreateContainerConfigError', environment.message);
  return environment.variables;
}

/** Those of the pod's namespace, unless it wants none, and the API's own. */
function visibleServices({ metadata, spec }: Pod, { services }: PodContext) {
  const own = spec.enableServiceLinks === false ? [] : services.list(metadata.namespace);
  const isMaster = ({ metadata: { namespace, name } }: { metadata: { namespace?: string; name: string } }): boolean =>
    `${namespace}/${name}` === MASTER_SERVICES;
  return [...services.list('default').filter(isMaster), ...own.filter(service => !isMaster(service))];
}

const decoded = (data: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined =>
  data && Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));

interface MountsInput {
  readonly container: Container;
  readonly attempt: number;
  readonly variables: ReadonlyMap<string, string>;
}

async function mountsOf({ container, attempt, variables }: MountsInput, { pod, context, volumes }: StartDeps): Promise<readonly Mount[]> {
  const mounts = await volumeMounts(container, volumes, variables);
  const folder = context.folders.of(pod.metadata.uid);
  const takes = (path: string): boolean => mounts.some(({ containerPath }) => containerPath === path);
  if (!pod.spec.hostNetwork && !takes('/etc/hosts')) {
    const hostPath = join(folder, 'etc-hosts');
    await writeFile(
      hostPath,
      hostsFile(
        pod,
        (pod.status.podIPs ?? []).map(({ ip }) => ip),
        context.sandbox.clusterDomain,
      ),
    );
    mounts.push({ containerPath: '/etc/hosts', hostPath });
  }
  const { terminationMessagePath = '/dev/termination-log' } = container;
  const hostPath = terminationMessageFile(folder, container.name, attempt);
  await mkdir(dirname(hostPath), { recursive: true });
  await writeFile(hostPath, '', { mode: 0o666 });
  mounts.push({ containerPath: terminationMessagePath, hostPath });
  return mounts;
}

/** In the pod's folder: where an attempt of a container leaves its last words. */
export const terminationMessageFile = (folder: string, container: string, attempt: number): string =>
  join(folder, 'containers', container, String(attempt));
