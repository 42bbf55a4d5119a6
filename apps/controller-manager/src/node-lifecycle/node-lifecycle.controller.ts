import type { Clock } from '@steersman/async';
import type { Client, Informer } from '@steersman/client';
import { type Controller, type EventRecorder, type Turn, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { jsonEquals, type Lease, leaseKind, type Node, type NodeCondition, nodeKind, type Pod, podKind } from '@steersman/types';
import { BY_NODE, type Informers } from '../informers.ts';
import { timeText } from '../times.ts';
import { wantedTaints } from './taints.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
/** How long a node may be silent before nobody knows how it is. */
const GRACE_MS = 40_000;
/** How often silence is looked for. */
const PERIOD_MS = 5_000;
const CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

export interface NodeLifecycleDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Notices nodes that have fallen silent, shows it in their conditions and taints, and takes their pods out of service. */
export function nodeLifecycleController(deps: NodeLifecycleDeps): Controller {
  const { informer } = deps;
  const nodes = informer(nodeKind);
  const leases = informer(leaseKind);
  const watchdog = new NodeWatchdog(deps, leases);
  return {
    name: 'node-lifecycle',
    workers: 4,
    watches: [watch(nodes, ({ metadata }) => [metadata.name]), watch(leases, () => [])],
    async reconcile(key, turn) {
      const node = nodes.get(key);
      if (!node) {
        watchdog.forget(key);
        return undefined;
      }
      await watchdog.look(node, turn);
      return { againInMs: PERIOD_MS };
    },
  };
}

interface SignOfLife {
  /** Of the last lease and status that were seen, and when they were first seen, on our own clock. */
  readonly text: string;
  readonly at: number;
}

class NodeWatchdog {
  readonly #deps: NodeLifecycleDeps;
  readonly #leases: Informer<Lease>;
  readonly #signs = new Map<string, SignOfLife>();

  constructor(deps: NodeLifecycleDeps, leases: Informer<Lease>) {
    this.#deps = deps;
    this.#leases = leases;
  }

  forget(name: string): void {
    this.#signs.delete(name);
  }

  async look(node: Node, turn: Turn): Promise<void> {
    const current = this.#isSilent(node) ? await this.#markUnknown(node, turn) : node;
    await this.#taint(current, turn);
    if (readiness(current) !== 'True') await this.#takePodsOut(current, turn);
  }

  #isSilent(node: Node): boolean {
    const { name } = node.metadata;
    const heartbeats = (node.status.conditions ?? []).map(({ lastHeartbeatTime }) => lastHeartbeatTime);
    const text = JSON.stringify([node.metadata.uid, this.#leases.get(`${LEASE_NAMESPACE}/${name}`)?.spec.renewTime, heartbeats]);
    const now = this.#deps.clock.now();
    const seen = this.#signs.get(name);
    if (seen?.text === text) return now - seen.at >= GRACE_MS;
    this.#signs.set(name, { text, at: now });
    return false;
  }

  async #markUnknown(node: Node, { signal, log }: Turn): Promise<Node> {
    const now = timeText(this.#deps.clock.wall());
    const present = node.status.conditions ?? [];
    const unknown = CONDITIONS.map(type =>
      unknownCondition(type, {
        current: present.find(condition => condition.type === type),
        now,
        created: node.metadata.creationTimestamp,
      }),
    );
    const conditions = [...present.filter(({ type }) => !CONDITIONS.includes(type)), ...unknown];
    if (jsonEquals(conditions, present) || unknown.every(condition => present.includes(condition))) return node;
    log.warn('node is silent', { lease: this.#leases.get(`${LEASE_NAMESPACE}/${node.metadata.name}`)?.spec.renewTime });
    const updated = await this.#deps.client.of(nodeKind).updateStatus({ ...node, status: { ...node.status, conditions } }, { signal });
    const { name } = node.metadata;
    if (readiness(node) === 'True')
      this.#deps.recorder.record({
        about: node,
        type: 'Normal',
        reason: 'NodeNotReady',
        message: `Node ${name} status is now: NodeNotReady`,
      });
    return updated;
  }

  async #taint(node: Node, { signal, log }: Turn): Promise<void> {
    const taints = wantedTaints(node, this.#deps.clock.wall());
    if (jsonEquals(taints, node.spec.taints ?? [])) return;
    const { uid, resourceVersion, name } = node.metadata;
    await this.#deps.client
      .of(nodeKind)
      .patch(
        { name },
        { metadata: { uid, resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } },
        { type: 'application/merge-patch+json', signal },
      );
    log.info('node tainted', { taints: taints.map(({ key, effect }) => `${key}:${effect}`) });
  }

  /** A pod whose node is not ready takes no traffic. */
  async #takePodsOut(node: Node, { signal }: Turn): Promise<void> {
    const now = timeText(this.#deps.clock.wall());
    for (const pod of this.#deps.informer(podKind).by(BY_NODE, node.metadata.name)) {
      const conditions = pod.status.conditions ?? [];
      if (!conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) continue;
      const next = conditions.map(condition =>
        condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: now } : condition,
      );
      await this.#writePod({ ...pod, status: { ...pod.status, conditions: next } }, signal);
    }
  }

  async #writePod(pod: Pod, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.client.of(podKind).updateStatus(pod, { signal });
      this.#deps.recorder.record({ about: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
    } catch (err) {
      if (!isReason(err, 'NotFound', 'Conflict')) throw err; // looked at again in five seconds
    }
  }
}

const readiness = ({ status }: Node): string | undefined => status.conditions?.find(({ type }) => type === 'Ready')?.status;

function unknownCondition(
  type: string,
  { current, now, created }: { readonly current: NodeCondition | undefined; readonly now: string; readonly created: string },
): NodeCondition {
  if (current?.status === 'Unknown') return current;
  if (!current) {
    return {
      type,
      status: 'Unknown',
      lastHeartbeatTime: created,
      lastTransitionTime: now,
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    };
  }
  return {
    ...current,
    status: 'Unknown',
    lastTransitionTime: now,
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  };
}
