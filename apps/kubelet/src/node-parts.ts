import { Slots, systemClock } from '@steersman/async';
import { type Client, createInformer } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import type { EventRecorder } from '@steersman/controller';
import type { Cri } from '@steersman/cri';
import { setHostPorts, setUpPodNetwork, systemNft } from '@steersman/net';
import type { Logger } from '@steersman/telemetry';
import { type Node, type Pod, podKind, serviceKind } from '@steersman/types';
import { diskUse, ImageGc } from './images/image-gc.ts';
import { ImagePuller } from './images/image-puller.ts';
import { machineFacts } from './node/machine.ts';
import { NodeAgent } from './node/node-agent.ts';
import { capacityOf, nodeReference } from './node/node-object.ts';
import { HostPorts } from './pods/host-ports.ts';
import { PodAgent } from './pods/pod-agent.ts';
import { PodFolders } from './pods/pod-folders.ts';
import { RecentExits } from './pods/recent-exits.ts';
import { rotateLogs } from './pods/rotate-logs.ts';
import { removeCgroup } from './runtime/cgroups.ts';
import { containerExits } from './runtime/container-events.ts';
import { endLostShims } from './runtime/lost-shims.ts';
import type { Config } from './settings.ts';
import { watchManifests } from './static/manifest-folder.ts';
import { MirrorPods } from './static/mirror-pods.ts';
import { systemMounter } from './volumes/mounts.ts';

/** runc is no faster with more of them side by side on two cores. */
const STARTS_AT_ONCE = 4;

export interface NodeDeps {
  readonly client: Client;
  readonly cri: Cri;
  readonly recorder: EventRecorder;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface NodeParts {
  readonly podAgent: PodAgent;
  /** All that goes on until the signal aborts. */
  readonly loops: readonly (() => Promise<void>)[];
}

/** Wires what keeps the node and what runs its pods. */
export function nodeParts(config: Config, deps: NodeDeps): NodeParts {
  const { client, cri, recorder, signal, log } = deps;
  const clock = systemClock;
  const shared = { cri, clock, log };
  const machine = machineFacts(config.rootDir);
  const facts = { name: config.nodeName, ip: config.nodeIp, labels: labelsOf(config), maxPods: config.maxPods, port: config.port, machine };
  const hostPorts = new HostPorts({ set: ports => setHostPorts(systemNft, config.clusterName, ports, signal), log });
  const setUpNetwork = async (podCidrs: readonly string[]): Promise<void> => {
    await setUpPodNetwork({ cluster: config.clusterName, podCidrs, confDir: config.cniConfDir, stateDir: config.cniStateDir }, signal);
    hostPorts.ready();
  };
  const nodeAgent = new NodeAgent({ ...deps, facts, rootDir: config.rootDir, setUpNetwork, clock });
  const pods = createInformer(client.of(podKind), { signal, logger: log, fieldSelector: `spec.nodeName=${config.nodeName}` });
  const context = {
    ...deps,
    pods,
    services: createInformer(client.of(serviceKind), { signal, logger: log }),
    runtimeName: () => nodeAgent.runtimeName,
    exits: new RecentExits(),
    puller: new ImagePuller({ cri, clock }),
    folders: new PodFolders(config.rootDir, log),
    mounter: systemMounter,
    starts: new Slots(STARTS_AT_ONCE),
    sandbox: config,
    nodeIps: [config.nodeIp],
    allocatable: capacityOf(facts),
    node: () => nodeAgent.node,
    memoryCapacityBytes: machine.memoryBytes,
    reported: () => hostPorts.update(podAgent.pods()),
    removeCgroup,
    clock,
  };
  const podAgent = new PodAgent({ context, informer: pods, exits: stop => containerExits(config.containerRuntimeEndpoint, stop), signal });
  const mirrors = new MirrorPods({ client, pods, nodeName: config.nodeName, clock, log });
  const imageGc = new ImageGc({ cri, diskUse, recorder, node: nodeReference({ metadata: { name: config.nodeName } } as Node), clock, log });
  const onPods = (found: readonly Pod[]): void => {
    podAgent.setStatic(found);
    mirrors.set(found);
  };
  return {
    podAgent,
    loops: [
      () => nodeAgent.run(),
      () => podAgent.run(),
      () => mirrors.run(signal),
      () => readStatic(config, { onPods, log, signal }),
      () => imageGc.run(signal),
      () => endLostShims({ ...shared, ...shimsOf(config), starts: context.starts }, signal),
      () => rotateLogs({ ...shared, ...logLimits(config), logs: () => podAgent.logs() }, signal),
    ],
  };
}

const shimsOf = ({ containerRuntimeEndpoint }: Config) => ({
  socket: containerRuntimeEndpoint.replace('unix://', ''),
  startsAtOnce: STARTS_AT_ONCE,
});

const logLimits = (config: Config) => ({ maxBytes: config.containerLogMaxBytes, maxFiles: config.containerLogMaxFiles });

interface StaticDeps extends Pick<NodeDeps, 'log' | 'signal'> {
  readonly onPods: (found: readonly Pod[]) => void;
}

async function readStatic({ staticPodPath, nodeName }: Config, { onPods, log, signal }: StaticDeps): Promise<void> {
  if (staticPodPath === '') onPods([]);
  else await watchManifests({ folder: staticPodPath, nodeName, clock: systemClock, log, onPods }, signal);
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
