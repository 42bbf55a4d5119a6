import { type Key, keyOf, type Namespace, type Node, type Pod, type PodDisruptionBudget, type Service } from '@steersman/types';
import { Books, type Entry } from './books.ts';
import { explainNodes, type NodeExplanation, summarize } from './explain.ts';
import { Nominations } from './nominations.ts';
import { bestRow, candidateRows, fits } from './placement.ts';
import type { PodGroup } from './pod-groups.ts';
import { podShape } from './pod-shape.ts';
import { PodQueue, type Waiting } from './pod-queue.ts';
import { findPreemption, priorityOf } from './preemption.ts';
import { relationFilter } from './relations/relation-filter.ts';
import { podClass } from './relations/pod-class.ts';
import { relationsKey } from './relations/pod-relations.ts';

/** Tries in one step: the driver has to hear of changes in between. */
const MAX_TRIES = 256;

export type SchedulingEvent =
  | { readonly type: 'node'; readonly node: Node }
  | { readonly type: 'nodeGone'; readonly name: string }
  | { readonly type: 'pod'; readonly pod: Pod }
  | { readonly type: 'podGone'; readonly pod: Pod }
  /** The API refused a binding that was decided on. */
  | { readonly type: 'bindFailed'; readonly pod: Pod }
  | { readonly type: 'namespace'; readonly namespace: Namespace }
  | { readonly type: 'namespaceGone'; readonly name: string }
  | { readonly type: 'service'; readonly service: Service }
  | { readonly type: 'serviceGone'; readonly service: Service }
  | { readonly type: 'budget'; readonly budget: PodDisruptionBudget }
  | { readonly type: 'budgetGone'; readonly budget: PodDisruptionBudget };

export type Decision =
  | { readonly type: 'bind'; readonly pod: Pod; readonly nodeName: string }
  | {
      readonly type: 'unschedulable';
      readonly pod: Pod;
      readonly message: string;
      /** Pods to delete, so that this one can go to their node: it waits for that. */
      readonly preemption?: { readonly nodeName: string; readonly victims: readonly Pod[] };
    };

export interface Step {
  readonly decisions: readonly Decision[];
  /** When to step again though nothing happened; undefined when only an event helps. */
  readonly wakeAtMs: number | undefined;
}

/**
 * Decides where pods go, from events alone: no clock, no sockets. A decision counts at once, as if it were done, until
 * the pod's own event confirms it or `bindFailed` takes it back; so pods decided on in one step do not crowd each other.
 */
export class Scheduler {
  readonly #name: string;
  readonly #books = new Books();
  readonly #queue = new PodQueue();
  readonly #nominations = new Nominations(this.#books);
  readonly #entries = new Map<Key, Entry>();
  readonly #budgets = new Map<Key, PodDisruptionBudget>();
  /** Groups that pods elsewhere kept from a node: any change may help them. */
  readonly #related = new WeakSet<PodGroup>();

  /** Only pods whose spec.schedulerName is `name` are placed. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Pods that have no node yet. */
  get pending(): number {
    return [...this.#entries.values()].filter(({ nodeName }) => nodeName === undefined).length;
  }

  /** Takes all events in before it decides anything: give it the whole state at first. */
  step(events: readonly SchedulingEvent[], nowMs: number): Step {
    for (const event of events) this.#apply(event, nowMs);
    this.#wake(nowMs);
    const decisions: Decision[] = [];
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const waiting = this.#queue.take(nowMs);
      if (!waiting) break;
      decisions.push(this.#decide(waiting, nowMs));
    }
    return { decisions, wakeAtMs: this.#queue.nextAt(nowMs) };
  }

  /** What each node would say to the pod now; undefined for a pod that does not wait here. */
  explain(key: Key): readonly NodeExplanation[] | undefined {
    const entry = this.#entries.get(key);
    return entry?.waiting && explainNodes(this.#books, entry.group);
  }

  #apply(event: SchedulingEvent, nowMs: number): void {
    switch (event.type) {
      case 'node':
        return this.#books.setNode(event.node);
      case 'nodeGone':
        return this.#books.deleteNode(event.name);
      case 'pod':
        return this.#setPod(event.pod);
      case 'podGone':
        return this.#forget(keyOf(event.pod), event.pod.metadata.uid);
      case 'bindFailed':
        return this.#unassume(event.pod, nowMs);
      case 'namespace':
        return this.#books.setNamespace(event.namespace.metadata.name, event.namespace.metadata.labels ?? {});
      case 'namespaceGone':
        return this.#books.setNamespace(event.name, undefined);
      case 'service':
        return this.#books.services.set(event.service);
      case 'serviceGone':
        return this.#books.services.delete(event.service);
      case 'budget':
        return void this.#budgets.set(keyOf(event.budget), event.budget);
      case 'budgetGone':
        return void this.#budgets.delete(keyOf(event.budget));
    }
  }

  #wake(nowMs: number): void {
    const { rows, moved } = this.#books.takeChanges();
    if (rows.length === 0 && !moved) return;
    const kept: ReadonlySet<number> = new Set();
    this.#queue.wake(
      group =>
        this.#related.has(group) ? candidateRows(this.#books, group, kept).length > 0 : rows.some(row => fits(this.#books, group, row)),
      nowMs,
    );
  }

  #setPod(pod: Pod): void {
    const key = keyOf(pod);
    const known = this.#entries.get(key);
    if (isOver(pod) || (known && known.uid !== pod.metadata.uid)) this.#forget(key, known?.uid);
    if (isOver(pod)) return;
    if (pod.spec.nodeName) this.#confirm(key, pod, pod.spec.nodeName);
    else this.#setUnbound(key, pod);
  }

  /** The pod is on its node, whoever decided that. */
  #confirm(key: Key, pod: Pod, nodeName: string): void {
    const known = this.#entries.get(key);
    if (known?.nodeName === nodeName && isSameGroup(known, pod)) {
      known.pod = pod;
      known.assumed = false;
      known.waiting = undefined;
      if (pod.metadata.deletionTimestamp) this.#books.startLeaving(known);
      return;
    }
    this.#forget(key, known?.uid);
    this.#books.settle(this.#open(key, pod), nodeName);
  }

  #setUnbound(key: Key, pod: Pod): void {
    const known = this.#entries.get(key);
    if (known?.assumed) return; // an event from before our binding
    const isOurs = pod.spec.schedulerName === this.#name && !pod.metadata.deletionTimestamp && !pod.spec.schedulingGates?.length;
    if (isOurs && known?.waiting && isSameGroup(known, pod)) {
      known.pod = pod;
      known.waiting.pod = pod;
      return;
    }
    this.#forget(key, known?.uid);
    if (!isOurs) return;
    const entry = this.#open(key, pod);
    entry.waiting = this.#queue.add(pod, entry.group);
    if (pod.status.nominatedNodeName) this.#nominations.set(entry, pod.status.nominatedNodeName);
  }

  #open(key: Key, pod: Pod): Entry {
    const entry = this.#books.open(key, pod);
    this.#entries.set(key, entry);
    return entry;
  }

  #decide(waiting: Waiting, nowMs: number): Decision {
    const { pod, group } = waiting;
    const entry = this.#entries.get(keyOf(pod));
    const candidates = candidateRows(this.#books, group, entry ? this.#nominations.keptFrom(entry) : new Set());
    const row = bestRow(this.#books, group, candidates);
    if (row === undefined || !entry) return this.#refuse(waiting, entry, nowMs);
    const nodeName = this.#books.table.nameOf(row);
    entry.assumed = true;
    this.#nominations.clear(entry);
    this.#books.settle(entry, nodeName);
    return { type: 'bind', pod, nodeName };
  }

  #refuse(waiting: Waiting, entry: Entry | undefined, nowMs: number): Decision {
    const { pod, group } = waiting;
    if (relationFilter(this.#books.table, this.#books.relations, group)) this.#related.add(group);
    this.#queue.park(waiting, nowMs);
    const refused = { type: 'unschedulable', pod } as const;
    if (this.#books.table.size === 0 || !entry) return { ...refused, message: 'no nodes available to schedule pods' };
    const told = summarize(explainNodes(this.#books, group).map(({ refusals }) => ({ messages: refusals.map(({ message }) => message) })));
    const why = this.#whyNotPreempting(entry);
    if (why) return { ...refused, message: `${told} preemption: ${why}` };
    const found = findPreemption(this.#books, entry, this.#budgets.values());
    if ('why' in found) return { ...refused, message: `${told} preemption: ${found.why}` };
    const { nodeName, victims } = found.preemption;
    this.#nominations.set(entry, nodeName);
    return { ...refused, message: told, preemption: { nodeName, victims: victims.map(victim => victim.pod) } };
  }

  #whyNotPreempting(entry: Entry): string | undefined {
    if (entry.pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
    const nodeName = this.#nominations.of(entry);
    if (nodeName === undefined) return undefined;
    const isComing = [...this.#books.entriesOn(nodeName)].some(other => other.leaving && priorityOf(other) < priorityOf(entry));
    return isComing ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
  }

  #unassume(pod: Pod, nowMs: number): void {
    const entry = this.#entries.get(keyOf(pod));
    if (entry?.uid !== pod.metadata.uid || !entry.assumed) return; // gone, or confirmed after all
    this.#books.leave(entry);
    entry.assumed = false;
    if (entry.waiting) this.#queue.retry(entry.waiting, nowMs);
  }

  #forget(key: Key, uid: string | undefined): void {
    const entry = this.#entries.get(key);
    if (!entry || entry.uid !== uid) return;
    this.#entries.delete(key);
    this.#nominations.clear(entry);
    if (entry.waiting) this.#queue.remove(entry.waiting);
    this.#books.close(entry);
  }
}

/** Whether everything that placement looks at is as it was; a generation that stands says so at once, for all but the labels. */
function isSameGroup({ pod: old, group }: Entry, pod: Pod): boolean {
  if (old.metadata.labels !== pod.metadata.labels && podClass(pod).key !== group.podClass.key) return false;
  const { generation } = pod.metadata;
  if (generation !== undefined && generation === old.metadata.generation) return true;
  return group.view.shape.key === podShape(pod).key && relationsKey(old.spec) === relationsKey(pod.spec);
}

/** Its containers have ended for good: it holds nothing any more. */
const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
