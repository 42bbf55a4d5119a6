import { jsonEquals, type Key, keyOf, type Node, type Pod } from '@steersman/types';
import { explain } from './explain.ts';
import { NodeTable, type ShapeView } from './node-table.ts';
import { type NeighbourPass, neighbourPass } from './neighbour-pass.ts';
import { Neighbours, type Placed } from './neighbours.ts';
import { bestRow, fits } from './placement.ts';
import { type Labels, type PodFacts, podFacts } from './pod-rules.ts';
import { podShape } from './pod-shape.ts';
import { PodQueue, type Waiting } from './pod-queue.ts';
import { findPreemption, type Resident } from './preemption.ts';

/** Tries in one step: the driver has to hear of changes in between. */
const MAX_TRIES = 256;

export type SchedulingEvent =
  | { readonly type: 'node'; readonly node: Node }
  | { readonly type: 'nodeGone'; readonly name: string }
  | { readonly type: 'pod'; readonly pod: Pod }
  | { readonly type: 'podGone'; readonly pod: Pod }
  | { readonly type: 'namespace'; readonly name: string; readonly labels: Labels }
  /** The API refused a binding that was decided on. */
  | { readonly type: 'bindFailed'; readonly pod: Pod };

export type Decision =
  | { readonly type: 'bind'; readonly pod: Pod; readonly nodeName: string }
  | { readonly type: 'unschedulable'; readonly pod: Pod; readonly message: string }
  /** Room is made on a node by deleting pods of lower priority; the pod is placed when they have gone. */
  | {
      readonly type: 'preempt';
      readonly pod: Pod;
      readonly message: string;
      readonly nodeName: string;
      readonly victims: readonly Pod[];
    };

export interface Step {
  readonly decisions: readonly Decision[];
  /** When to step again though nothing happened; undefined when only an event helps. */
  readonly wakeAtMs: number | undefined;
}

interface Entry {
  readonly uid: string;
  pod: Pod;
  readonly priority: number;
  /** Of the pod its view was made from: as long as it stands, so does the view. */
  generation: number | undefined;
  readonly view: ShapeView;
  readonly facts: PodFacts;
  /** Where it counts: bound there, or assumed to be soon. */
  nodeName: string | undefined;
  /** We have decided, the API has not said so yet. */
  assumed: boolean;
  waiting: Waiting | undefined;
  /** The node on which room is made for it: it counts there already, so that no other takes the room. */
  nominated: string | undefined;
}

/**
 * Decides where pods go, from events alone: no clock, no sockets. A decision counts at once, as if it were done, until
 * the pod's own event confirms it or `bindFailed` takes it back; so pods decided on in one step do not crowd each other.
 */
export class Scheduler {
  readonly #name: string;
  readonly #table = new NodeTable();
  readonly #queue = new PodQueue();
  readonly #pods = new Map<Key, Entry>();
  /** Keys of the pods that count on a node, whether or not the node is there. */
  readonly #onNode = new Map<string, Set<Key>>();
  readonly #nominated = new Set<Entry>();
  /** How many pods have each priority: without a lower one nobody can make room. */
  readonly #priorities = new Map<number, number>();
  readonly #touched = new Set<number>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #neighbours = new Neighbours(() => this.#placed());
  /** Pods have come or gone: those that care who is where may fit now. */
  #moved = false;
  /** One that kept others away from a whole domain has gone. */
  #unrepelled = false;

  /** Only pods whose spec.schedulerName is `name` are placed. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Pods that have no node yet. */
  get pending(): number {
    return [...this.#pods.values()].filter(({ nodeName }) => nodeName === undefined).length;
  }

  /** Takes all events in before it decides anything: give it the whole state at first. */
  step(events: readonly SchedulingEvent[], nowMs: number): Step {
    for (const event of events) this.#apply(event, nowMs);
    if (this.#moved) this.#queue.wake(({ shape }) => this.#unrepelled || shape.hasRules, nowMs);
    [this.#moved, this.#unrepelled] = [false, false];
    if (this.#touched.size > 0) {
      const rows = [...this.#touched];
      this.#touched.clear();
      this.#queue.wake(view => rows.some(row => fits(this.#table, view, row)), nowMs);
      this.#wakeNominated(rows, nowMs);
    }
    const decisions: Decision[] = [];
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const waiting = this.#queue.take(nowMs);
      if (!waiting) break;
      decisions.push(this.#decide(waiting, nowMs));
    }
    return { decisions, wakeAtMs: this.#queue.nextAt(nowMs) };
  }

  #apply(event: SchedulingEvent, nowMs: number): void {
    switch (event.type) {
      case 'node':
        this.#setNode(event.node);
        return;
      case 'nodeGone':
        this.#deleteNode(event.name);
        return;
      case 'pod':
        this.#setPod(event.pod);
        return;
      case 'podGone':
        this.#forget(keyOf(event.pod), event.pod.metadata.uid);
        return;
      case 'namespace':
        this.#namespaces.set(event.name, event.labels);
        this.#neighbours.recount();
        return;
      case 'bindFailed':
        this.#unassume(event.pod, nowMs);
    }
  }

  #deleteNode(name: string): void {
    const row = this.#table.row(name);
    if (row === undefined) return;
    for (const key of this.#onNode.get(name) ?? []) {
      const entry = this.#pods.get(key);
      if (entry) this.#account(entry, row, -1);
    }
    for (const entry of [...this.#nominated]) if (entry.nominated === name) this.#release(entry);
    this.#table.delete(name);
  }

  *#placed(): Iterable<Placed> {
    for (const [nodeName, keys] of this.#onNode) {
      const row = this.#table.row(nodeName);
      if (row === undefined) continue;
      for (const key of keys) {
        const entry = this.#pods.get(key);
        if (entry) yield { pod: entry.facts, row };
      }
    }
  }

  #account({ view, facts }: Entry, row: number, sign: 1 | -1): void {
    this.#table.account(view, row, sign);
    this.#neighbours.account(facts, row, sign);
    this.#moved = true;
    if (sign === -1 && facts.rules && facts.rules.antiAffinity.length > 0) this.#unrepelled = true;
  }

  #setNode(node: Node): void {
    const isNew = this.#table.row(node.metadata.name) === undefined;
    const { row, changed } = this.#table.set(node);
    if (isNew) {
      for (const key of this.#onNode.get(node.metadata.name) ?? []) {
        const entry = this.#pods.get(key);
        if (entry) this.#account(entry, row, 1);
      }
    }
    if (changed) this.#touched.add(row);
  }

  #setPod(pod: Pod): void {
    const key = keyOf(pod);
    const known = this.#pods.get(key);
    if (isOver(pod) || (known && known.uid !== pod.metadata.uid)) this.#forget(key, known?.uid);
    if (isOver(pod)) return;
    if (pod.spec.nodeName) this.#confirm(key, pod, pod.spec.nodeName);
    else this.#setUnbound(key, pod);
  }

  /** The pod is on its node, whoever decided that. */
  #confirm(key: Key, pod: Pod, nodeName: string): void {
    const known = this.#pods.get(key);
    if (known?.nodeName === nodeName && this.#isSame(known, pod)) {
      known.pod = pod;
      known.assumed = false;
      known.waiting = undefined;
      return;
    }
    this.#forget(key, known?.uid);
    this.#settle(key, this.#remember(key, pod), nodeName);
  }

  #setUnbound(key: Key, pod: Pod): void {
    const known = this.#pods.get(key);
    if (known?.assumed) return; // an event from before our binding
    const isOurs = pod.spec.schedulerName === this.#name && !pod.metadata.deletionTimestamp && !pod.spec.schedulingGates?.length;
    if (isOurs && known?.waiting && this.#isSame(known, pod)) {
      known.pod = known.waiting.pod = pod;
      return;
    }
    this.#forget(key, known?.uid);
    if (!isOurs) return;
    const entry = this.#remember(key, pod);
    entry.waiting = this.#queue.add(pod, entry.view);
    if (pod.status.nominatedNodeName) this.#nominate(entry, pod.status.nominatedNodeName);
  }

  #factsOf(pod: Pod): PodFacts {
    return podFacts(pod, namespace => this.#namespaces.get(namespace) ?? {});
  }

  #remember(key: Key, pod: Pod): Entry {
    const { uid, generation } = pod.metadata;
    const facts = this.#factsOf(pod);
    const view = this.#table.use(podShape(pod, facts));
    if (facts.rules) this.#neighbours.use(facts.rules);
    const entry: Entry = {
      uid,
      pod,
      priority: pod.spec.priority ?? 0,
      generation,
      view,
      facts,
      nodeName: undefined,
      assumed: false,
      waiting: undefined,
      nominated: undefined,
    };
    this.#pods.set(key, entry);
    this.#countPriority(entry, 1);
    return entry;
  }

  #countPriority({ priority }: Entry, by: 1 | -1): void {
    const count = (this.#priorities.get(priority) ?? 0) + by;
    if (count > 0) this.#priorities.set(priority, count);
    else this.#priorities.delete(priority);
  }

  /** Nothing about the pod has changed that counts here. */
  #isSame(entry: Entry, pod: Pod): boolean {
    const { generation, labels = {}, deletionTimestamp } = pod.metadata;
    if (entry.facts.leaving !== (deletionTimestamp !== undefined) || !jsonEquals(entry.facts.labels, labels)) return false;
    if (generation !== undefined && generation === entry.generation) return true;
    entry.generation = generation;
    return entry.view.shape.key === podShape(pod, this.#factsOf(pod)).key;
  }

  #decide(waiting: Waiting, nowMs: number): Decision {
    const { pod, view } = waiting;
    const key = keyOf(pod);
    const entry = this.#pods.get(key);
    if (!entry) throw new Error(`${key} is in the queue and nowhere else`);
    const nominated = this.#release(entry);
    const pass = neighbourPass({ table: this.#table, view, neighbours: this.#neighbours, pod: entry.facts });
    const row = bestRow(this.#table, view, pass);
    if (row === undefined) return this.#refuse(waiting, { entry, pass, nominated, nowMs });
    const nodeName = this.#table.nameOf(row);
    entry.assumed = true;
    this.#settle(key, entry, nodeName);
    return { type: 'bind', pod, nodeName };
  }

  /** Makes room for the pod if it may and can, or says why it has none. */
  #refuse(
    waiting: Waiting,
    {
      entry,
      pass,
      nominated,
      nowMs,
    }: { readonly entry: Entry; readonly pass: NeighbourPass | undefined; readonly nominated: string | undefined; readonly nowMs: number },
  ): Decision {
    const { pod, view } = waiting;
    const preempts = pod.spec.preemptionPolicy !== 'Never';
    const hasLower = [...this.#priorities.keys()].some(priority => priority < entry.priority);
    const explained = (makesRoom: boolean): string => explain(this.#table, view, { preempts, makesRoom, pass });
    if (nominated !== undefined && this.#isLeaving(nominated, entry.priority)) {
      const message = explained(true);
      this.#nominate(entry, nominated);
      this.#queue.park(waiting, nowMs);
      return { type: 'unschedulable', pod, message };
    }
    const found =
      preempts && hasLower
        ? findPreemption({ table: this.#table, view, pass, priority: entry.priority, residentsOf: row => this.#residentsOf(row) })
        : undefined;
    if (!found) {
      this.#queue.park(waiting, nowMs);
      return { type: 'unschedulable', pod, message: explained(false) };
    }
    const nodeName = this.#table.nameOf(found.row);
    const message = explained(true);
    this.#nominate(entry, nodeName);
    this.#queue.retry(waiting, nowMs); // what was not carried out is decided again
    return { type: 'preempt', pod, message, nodeName, victims: found.victims };
  }

  #residentsOf(row: number): readonly Resident[] {
    return [...(this.#onNode.get(this.#table.nameOf(row)) ?? [])].flatMap(key => {
      const entry = this.#pods.get(key);
      return entry ? [{ pod: entry.pod, view: entry.view, priority: entry.priority, leaving: entry.facts.leaving }] : [];
    });
  }

  /** Room is being made there already. */
  #isLeaving(nodeName: string, priority: number): boolean {
    const row = this.#table.row(nodeName);
    return row !== undefined && this.#residentsOf(row).some(resident => resident.leaving && resident.priority < priority);
  }

  #nominate(entry: Entry, nodeName: string): void {
    this.#release(entry);
    const row = this.#table.row(nodeName);
    if (row === undefined) return;
    entry.nominated = nodeName;
    this.#nominated.add(entry);
    this.#table.account(entry.view, row, 1);
  }

  /** The node the pod was nominated for. */
  #release(entry: Entry): string | undefined {
    const { nominated } = entry;
    if (nominated === undefined) return undefined;
    entry.nominated = undefined;
    this.#nominated.delete(entry);
    const row = this.#table.row(nominated);
    if (row !== undefined) this.#table.account(entry.view, row, -1);
    return nominated;
  }

  /** What they wait for has gone, perhaps: their own share hides from `fits` that there is room for them. */
  #wakeNominated(rows: readonly number[], nowMs: number): void {
    for (const { nominated = '', waiting } of this.#nominated) {
      if (waiting && rows.includes(this.#table.row(nominated) ?? -1)) this.#queue.wakeOne(waiting, nowMs);
    }
  }

  #unassume(pod: Pod, nowMs: number): void {
    const key = keyOf(pod);
    const entry = this.#pods.get(key);
    if (entry?.uid !== pod.metadata.uid || !entry.assumed) return; // gone, or confirmed after all
    this.#leave(key, entry);
    entry.assumed = false;
    if (entry.waiting) this.#queue.retry(entry.waiting, nowMs);
  }

  #settle(key: Key, entry: Entry, nodeName: string): void {
    entry.nodeName = nodeName;
    const keys = this.#onNode.get(nodeName) ?? new Set();
    this.#onNode.set(nodeName, keys.add(key));
    const row = this.#table.row(nodeName);
    if (row !== undefined) this.#account(entry, row, 1);
  }

  #leave(key: Key, entry: Entry): void {
    const { nodeName } = entry;
    if (nodeName === undefined) return;
    entry.nodeName = undefined;
    const keys = this.#onNode.get(nodeName);
    keys?.delete(key);
    if (keys?.size === 0) this.#onNode.delete(nodeName);
    const row = this.#table.row(nodeName);
    if (row === undefined) return;
    this.#account(entry, row, -1);
    this.#touched.add(row);
  }

  #forget(key: Key, uid: string | undefined): void {
    const entry = this.#pods.get(key);
    if (!entry || entry.uid !== uid) return;
    this.#pods.delete(key);
    this.#countPriority(entry, -1);
    if (entry.waiting) this.#queue.remove(entry.waiting);
    const nominated = this.#table.row(this.#release(entry) ?? '');
    if (nominated !== undefined) this.#touched.add(nominated);
    this.#leave(key, entry);
    this.#table.release(entry.view);
    if (entry.facts.rules) this.#neighbours.release(entry.facts.rules);
  }
}

/** Its containers have ended for good: it holds nothing any more. */
const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
