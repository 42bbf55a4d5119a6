import { backoffMs, type Clock } from '@steersman/async';
import { type Client, createInformer, type Informer } from '@steersman/client';
import type { EventRecorder } from '@steersman/controller';
import type { Cri, RuntimeStatus } from '@steersman/cri';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import { jsonEquals, leaseKind, type Node, type NodeCondition, nodeKind } from '@steersman/types';
import { messageOf } from '../start-error.ts';
import { timeText } from '../times.ts';
import { keepLease } from './lease.ts';
import { pressure } from './machine.ts';
import { nodeConditions } from './node-conditions.ts';
import { type NodeFacts, nodeLabels, nodeReference, nodeStatus } from './node-object.ts';

/** A status without news is sent this often; the Lease says in between that we live. */
const REPORT_MS = 300_000;
const LOOK_MS = 5_000;
/** While the node is not Ready: it shall be as soon as it can. */
const LOOK_SOON_MS = 50;
/** After this long without becoming Ready there is no hurry any more. */
const HURRY_MS = 30_000;
/** A runtime that is silent for so long is down; it is asked again with the next look. */
const RUNTIME_MS = 10_000;

export interface NodeAgentDeps {
  readonly client: Client;
  readonly cri: Pick<Cri, 'status' | 'version'>;
  readonly facts: Omit<NodeFacts, 'runtimeVersion'>;
  readonly rootDir: string;
  /** Makes the pod network of the ranges the node was given; can be called again. */
  readonly setUpNetwork: (podCidrs: readonly string[]) => Promise<void>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Keeps the Node of this machine: registers it, makes its network, and tells how it is. */
export class NodeAgent {
  readonly #deps: NodeAgentDeps;
  readonly #lastPressure = new Map<string, number>();
  readonly #nodes: Informer<Node>;
  #runtimeVersion = '';
  #cidrs: readonly string[] = [];
  #sent: { readonly conditions: readonly NodeCondition[]; readonly atMs: number } | undefined;
  #startedMs: number;

  constructor(deps: NodeAgentDeps) {
    const { client, facts, signal, clock, log } = deps;
    this.#deps = deps;
    this.#startedMs = clock.now();
    this.#nodes = createInformer(client.of(nodeKind), { signal, clock, logger: log, fieldSelector: `metadata.name=${facts.name}` });
  }

  /** The scheme of container ids. */
  get runtimeName(): string {
    return this.#runtimeVersion.split('://')[0] || 'containerd';
  }

  /** As the API has it. */
  get node(): Node | undefined {
    return this.#nodes.get(this.#deps.facts.name);
  }

  async run(): Promise<void> {
    const { client, clock, log, signal, recorder } = this.#deps;
    const node = await this.#register();
    recorder.record({ about: nodeReference(node), type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' });
    await Promise.all([this.#watchConditions(), keepLease({ leases: client.of(leaseKind), node, clock, log, signal })]);
  }

  /** Tries until the API answers. */
  async #register(): Promise<Node> {
    const { log, clock, signal, facts } = this.#deps;
    for (let failed = 1; ; failed++) {
      try {
        const node = await this.#ensureNode();
        log.info('node registered', { node: facts.name });
        return node;
      } catch (err) {
        signal.throwIfAborted();
        log.warn('node not registered', { failed, message: messageOf(err) });
        await clock.sleep(backoffMs(failed, { firstMs: 50, maxMs: 2_000 }), signal);
      }
    }
  }

  async #ensureNode(): Promise<Node> {
    const { client, facts, signal } = this.#deps;
    const nodes = client.of(nodeKind);
    const labels = nodeLabels({ ...facts, runtimeVersion: '' });
    const found = await nodes.get({ name: facts.name }, { signal }).catch((err: unknown) => {
      if (isReason(err, 'NotFound')) return undefined;
      throw err;
    });
    if (!found) {
      const status = await this.#status([]);
      return await nodes.create({ metadata: { name: facts.name, labels }, spec: {}, status }, { signal });
    }
    const hasLabels = Object.entries(labels).every(([key, value]) => found.metadata.labels?.[key] === value);
    if (hasLabels) return found;
    return await nodes.patch({ name: facts.name }, { metadata: { labels } }, { type: 'application/merge-patch+json', signal });
  }

  async #watchConditions(): Promise<void> {
    const { clock, log, signal } = this.#deps;
    const changed = this.#nodes.subscribe(({ next }) => {
      if (next) this.#networkOf(next);
    });
    using _ = changed;
    while (!signal.aborted) {
      let isReady = false;
      try {
        isReady = await this.#report();
      } catch (err) {
        if (!signal.aborted) log.warn('node status not written', { message: messageOf(err) });
      }
      const isHurried = !isReady && clock.now() - this.#startedMs < HURRY_MS;
      await clock.sleep(isHurried ? LOOK_SOON_MS : LOOK_MS, signal).catch(() => {}); // the loop ends with the signal
    }
  }

  #networkOf({ spec: { podCIDR, podCIDRs = podCIDR === undefined ? [] : [podCIDR] } }: Node): void {
    const { setUpNetwork, log } = this.#deps;
    if (podCIDRs.length === 0 || jsonEquals(podCIDRs, this.#cidrs)) return;
    this.#cidrs = podCIDRs;
    setUpNetwork(podCIDRs).then(
      () => log.info('pod network set up', { podCidrs: podCIDRs }),
      (err: unknown) => {
        this.#cidrs = []; // the node's next change, or the next report, tries again
        log.error('pod network not set up', { podCidrs: podCIDRs, err });
      },
    );
  }

  /** Writes what is new; true when the node is Ready. */
  async #report(): Promise<boolean> {
    const { clock, facts, client, signal, rootDir } = this.#deps;
    const runtime = await this.#runtimeStatus();
    const current = this.#nodes.get(facts.name);
    const conditions = nodeConditions({
      runtime,
      pressure: pressure(rootDir),
      previous: current?.status.conditions ?? this.#sent?.conditions ?? [],
      lastPressure: this.#lastPressure,
      nowMs: clock.now(),
      now: timeText(clock.wall()),
    });
    if (this.#isNews(conditions, current)) {
      const status = await this.#status(conditions);
      await client
        .of(nodeKind)
        .patch({ name: facts.name }, { status }, { type: 'application/strategic-merge-patch+json', subresource: 'status', signal });
      this.#tell(conditions, current);
      this.#sent = { conditions, atMs: clock.now() };
    }
    if (current) this.#networkOf(current);
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  }

  #isNews(conditions: readonly NodeCondition[], current: Node | undefined): boolean {
    if (!this.#sent || this.#deps.clock.now() - this.#sent.atMs >= REPORT_MS) return true;
    const isSame = (others: readonly NodeCondition[]): boolean =>
      jsonEquals(conditions.map(essence), relevant(others, conditions).map(essence));
    // Somebody who thought us dead may have written over what we said.
    return !isSame(this.#sent.conditions) || (current?.status.conditions !== undefined && !isSame(current.status.conditions));
  }

  #tell(conditions: readonly NodeCondition[], current: Node | undefined): void {
    const { recorder, facts, log } = this.#deps;
    const isReady = conditions.find(({ type }) => type === 'Ready')?.status;
    const before = (this.#sent?.conditions ?? current?.status.conditions)?.find(({ type }) => type === 'Ready')?.status;
    if (isReady === before) return;
    const reason = isReady === 'True' ? 'NodeReady' : 'NodeNotReady';
    log.info(isReady === 'True' ? 'node ready' : 'node not ready', { node: facts.name });
    const about = nodeReference({ metadata: { name: facts.name } } as Node);
    recorder.record({ about, type: 'Normal', reason, message: `Node ${facts.name} status is now: ${reason}` });
  }

  async #status(conditions: NodeCondition[]) {
    const { facts, cri, signal } = this.#deps;
    if (this.#runtimeVersion === '') {
      const version = await cri.version({ signal, timeoutMs: RUNTIME_MS }).catch(() => undefined); // the condition Ready tells of a runtime that is down
      if (version) this.#runtimeVersion = `${version.runtimeName}://${version.runtimeVersion}`;
    }
    return nodeStatus({ ...facts, runtimeVersion: this.#runtimeVersion }, conditions);
  }

  async #runtimeStatus(): Promise<RuntimeStatus | undefined> {
    const { cri, signal, log } = this.#deps;
    try {
      return await cri.status({ signal, timeoutMs: RUNTIME_MS });
    } catch (err) {
      signal.throwIfAborted();
      log.warn('the runtime does not answer', { message: messageOf(err) });
      return undefined;
    }
  }
}

const essence = ({ type, status, reason, message }: NodeCondition): object => ({ type, status, reason, message });

const relevant = (others: readonly NodeCondition[], own: readonly NodeCondition[]): readonly NodeCondition[] =>
  own.flatMap(({ type }) => others.filter(other => other.type === type));
