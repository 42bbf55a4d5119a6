import { mkdirSync } from 'node:fs';
import { Slots, systemClock } from '@steersman/async';
import { connectClient, createInformer } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import { createEventRecorder } from '@steersman/controller';
import { connectCri } from '@steersman/cri';
import { setHostPorts, setUpPodNetwork, systemNft } from '@steersman/net';
import { startHealthServer } from '@steersman/service';
import { type Logger, Metrics } from '@steersman/telemetry';
import { eventKind, type Pod, podKind, serviceKind } from '@steersman/types';
import { ImagePuller } from './images/image-puller.ts';
import { machineFacts } from './node/machine.ts';
import { NodeAgent } from './node/node-agent.ts';
import { capacityOf } from './node/node-object.ts';
import { HostPorts } from './pods/host-ports.ts';
import { PodAgent } from './pods/pod-agent.ts';
import type { PodContext } from './pods/pod-context.ts';
import { PodFolders } from './pods/pod-folders.ts';
import { podSource } from './pods/pod-source.ts';
import { RecentExits } from './pods/recent-exits.ts';
import { removeCgroup } from './runtime/cgroups.ts';
import { containerExits } from './runtime/container-events.ts';
import { startServer } from './server/index.ts';
import type { Config } from './settings.ts';
import { watchManifests } from './static/manifest-folder.ts';
import { MirrorPods } from './static/mirror-pods.ts';
import { systemMounter } from './volumes/mounts.ts';

/** runc is no faster with more of them side by side on two cores. */
const STARTS_AT_ONCE = 4;

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** The node agent until `signal` aborts; what runs in containers goes on without it. */
export async function run(config: Config, { signal, log }: RunOptions): Promise<void> {
  checkFiles(config);
  mkdirSync(config.rootDir, { recursive: true });
  const metrics = new Metrics();
  await using health = await startHealthServer({ port: config.healthPort, metrics });
  await using client = connectClient({ ...config, address: config.apiserver, logger: log });
  using cri = connectCri({ endpoint: config.containerRuntimeEndpoint, log });
  const recorder = createEventRecorder({ events: client.of(eventKind), component: 'kubelet', host: config.nodeName, signal, log });
  const machine = machineFacts(config.rootDir);
  const facts = { name: config.nodeName, ip: config.nodeIp, labels: labelsOf(config), maxPods: config.maxPods, port: config.port, machine };

  const informed = { signal, logger: log };
  const pods = createInformer(client.of(podKind), { ...informed, fieldSelector: `spec.nodeName=${config.nodeName}` });
  const services = createInformer(client.of(serviceKind), informed);
  const context: PodContext = {
    client,
    pods,
    services,
    cri,
    runtimeName: () => nodeAgent.runtimeName,
    exits: new RecentExits(),
    puller: new ImagePuller({ cri, clock: systemClock }),
    folders: new PodFolders(config.rootDir, log),
    mounter: systemMounter,
    recorder,
    starts: new Slots(STARTS_AT_ONCE),
    sandbox: config,
    nodeIps: [config.nodeIp],
    allocatable: capacityOf(facts),
    memoryCapacityBytes: machine.memoryBytes,
    reported: () => hostPorts.update(podAgent.pods()),
    removeCgroup,
    clock: systemClock,
    log,
  };
  const hostPorts = new HostPorts({ set: ports => setHostPorts(systemNft, config.clusterName, ports, signal), log });
  const setUpNetwork = async (podCidrs: readonly string[]): Promise<void> => {
    await setUpPodNetwork({ cluster: config.clusterName, podCidrs, confDir: config.cniConfDir, stateDir: config.cniStateDir }, signal);
    hostPorts.ready();
  };
  const nodeAgent = new NodeAgent({ client, cri, facts, rootDir: config.rootDir, setUpNetwork, recorder, clock: systemClock, log, signal });
  const podAgent = new PodAgent({ context, informer: pods, exits: stop => containerExits(config.containerRuntimeEndpoint, stop), signal });
  const mirrors = new MirrorPods({ client, pods, nodeName: config.nodeName, clock: systemClock, log });
  const onPods = (found: readonly Pod[]): void => {
    podAgent.setStatic(found);
    mirrors.set(found);
  };
  const runStatic = async (): Promise<void> => {
    const manifests = { folder: config.staticPodPath, nodeName: config.nodeName, clock: systemClock, log, onPods };
    if (config.staticPodPath === '') onPods([]);
    await Promise.all([mirrors.run(signal), config.staticPodPath !== '' && watchManifests(manifests, signal)]);
  };
  await using server = await startServer(
    { pods: podSource(podAgent, config.podLogDir), cri, metrics },
    { ...config, host: config.nodeIp, log },
  );
  log.info('ready', { node: config.nodeName, port: server.port, healthPort: health.port });
  await Promise.all([nodeAgent.run(), podAgent.run(), runStatic()]).catch((err: unknown) => {
    if (!signal.aborted) throw err;
  });
}

function checkFiles(config: Config): void {
  const needed = ['caFile', 'certFile', 'keyFile', 'tlsCertFile', 'tlsKeyFile', 'clientCaFile'] as const;
  const missing = needed.filter(name => config[name] === '');
  if (missing.length > 0)
    throw new ConfigError(missing.map(name => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} is needed`));
}

function labelsOf({ nodeLabels }: Config): Record<string, string> {
  return Object.fromEntries(
    nodeLabels.map(text => {
      const at = text.indexOf('=');
      if (at < 1) throw new ConfigError([`--node-labels: "${text}" is not key=value`]);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
