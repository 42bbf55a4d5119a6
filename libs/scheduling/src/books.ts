import type { Key, Node, Pod } from '@steersman/types';
import { NodeTable } from './node-table.ts';
import { type PodGroup, PodGroups } from './pod-groups.ts';
import type { Waiting } from './pod-queue.ts';
import { RelationTable } from './relations/relation-table.ts';
import { ServicePeers } from './relations/service-peers.ts';

/** A pod that counts somewhere, or waits to. */
export interface Entry {
  readonly key: Key;
  readonly uid: string;
  pod: Pod;
  readonly group: PodGroup;
  /** Where it counts: bound there, or assumed to be soon. */
  nodeName: string | undefined;
  /** We have decided, the API has not said so yet. */
  assumed: boolean;
  /** It is being deleted, and was counted so. */
  leaving: boolean;
  waiting: Waiting | undefined;
}

/** What counts on which node, by resource and by relation, and which pods those are. */
export class Books {
  readonly table = new NodeTable();
  readonly relations = new RelationTable();
  readonly services = new ServicePeers();
  readonly #groups = new PodGroups(this.table, this.relations);
  /** Pods that count on a node, whether or not the node is there. */
  readonly #onNode = new Map<string, Set<Entry>>();
  readonly #touched = new Set<number>();
  #moved = false;

  /** Rows on which there may be more room than before, and whether pods elsewhere may be judged otherwise; asked once. */
  takeChanges(): { readonly rows: readonly number[]; readonly moved: boolean } {
    const changes = { rows: [...this.#touched], moved: this.#moved };
    this.#touched.clear();
    this.#moved = false;
    return changes;
  }

  setNode(node: Node): void {
    const { name, labels = {} } = node.metadata;
    const isNew = this.table.row(name) === undefined;
    const { row, changed } = this.table.set(node);
    this.relations.setRow(row, labels);
    if (isNew)
      for (const entry of this.#onNode.get(name) ?? []) this.#groups.account(entry.group, row, { sign: 1, leaving: entry.leaving });
    if (changed) this.#touched.add(row);
    this.#moved ||= changed;
  }

  deleteNode(name: string): void {
    const row = this.table.row(name);
    if (row === undefined) return;
    for (const entry of this.#onNode.get(name) ?? []) this.count(entry, -1);
    this.relations.setRow(row, undefined);
    this.table.delete(name);
    this.#moved = true;
  }

  setNamespace(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    this.relations.setNamespace(name, labels);
    this.#moved = true;
  }

  open(key: Key, pod: Pod): Entry {
    const group = this.#groups.use(pod, this.services.of);
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    return { key, uid: pod.metadata.uid, pod, group, nodeName: undefined, assumed: false, leaving, waiting: undefined };
  }

  close(entry: Entry): void {
    this.leave(entry);
    this.#groups.release(entry.group);
  }

  /** The pod counts on the node from now on. */
  settle(entry: Entry, nodeName: string): void {
    entry.nodeName = nodeName;
    const entries = this.#onNode.get(nodeName) ?? new Set();
    this.#onNode.set(nodeName, entries.add(entry));
    this.count(entry, 1);
    this.#moved = true;
  }

  /** It counts nowhere any more. */
  leave(entry: Entry): void {
    const { nodeName } = entry;
    if (nodeName === undefined) return;
    this.count(entry, -1);
    entry.nodeName = undefined;
    const entries = this.#onNode.get(nodeName);
    entries?.delete(entry);
    if (entries?.size === 0) this.#onNode.delete(nodeName);
    const row = this.table.row(nodeName);
    if (row !== undefined) this.#touched.add(row);
    this.#moved = true;
  }

  /** It holds its room until it is gone, but is no longer spread with others. */
  startLeaving(entry: Entry): void {
    if (entry.leaving) return;
    const row = entry.nodeName === undefined ? undefined : this.table.row(entry.nodeName);
    if (row !== undefined) this.#groups.leave(entry.group, row);
    entry.leaving = true;
    this.#moved = true;
  }

  /** Counts a pod on its node, or no more, without a change of where it is: for trying out what would be. */
  count({ group, nodeName, leaving }: Entry, sign: 1 | -1): void {
    const row = nodeName === undefined ? undefined : this.table.row(nodeName);
    if (row !== undefined) this.#groups.account(group, row, { sign, leaving });
  }

  /** Counts a pod on a row it is not on, while `work` runs. */
  with<T>(entries: readonly Entry[], row: number, work: () => T): T {
    for (const { group, leaving } of entries) this.#groups.account(group, row, { sign: 1, leaving });
    try {
      return work();
    } finally {
      for (const { group, leaving } of entries) this.#groups.account(group, row, { sign: -1, leaving });
    }
  }

  entriesOn(nodeName: string): Iterable<Entry> {
    return this.#onNode.get(nodeName) ?? [];
  }
}
