import type { Pod } from '@steersman/types';
import type { NodeTable, ShapeView } from './node-table.ts';
import { podShape } from './pod-shape.ts';
import { type PodClass, podClass } from './relations/pod-class.ts';
import { type PodRelations, podRelations, relationsKey } from './relations/pod-relations.ts';
import type { PodSelection } from './relations/pod-selection.ts';
import type { RelationTable } from './relations/relation-table.ts';

/** Pods on one row. */
export interface GroupCount {
  pods: number;
  /** Without those being deleted. */
  staying: number;
}

/** Pods that neither nodes nor other pods tell apart: one shape, one class, one set of relations. */
export interface PodGroup {
  readonly key: string;
  readonly view: ShapeView;
  readonly podClass: PodClass;
  readonly relations: PodRelations;
  readonly rows: Map<number, GroupCount>;
  /** Pods that use the group; it goes with the last. */
  uses: number;
}

/** Groups in use, and on which rows their pods count. */
export class PodGroups {
  readonly #groups = new Map<string, PodGroup>();
  readonly #table: NodeTable;
  readonly #relations: RelationTable;

  constructor(table: NodeTable, relations: RelationTable) {
    this.#table = table;
    this.#relations = relations;
  }

  /** Every `use` needs a `release`. `peers` are the pods to spread it with when it says nothing of its own. */
  use(pod: Pod, peersOf: (podClass: PodClass) => PodSelection | undefined): PodGroup {
    const self = podClass(pod);
    const peers = peersOf(self);
    const shape = podShape(pod);
    const key = `${shape.key} ${self.key} ${relationsKey(pod.spec)} ${peers?.key}`;
    const known = this.#groups.get(key);
    if (known) {
      known.uses++;
      return known;
    }
    const relations = podRelations(pod, self, peers);
    const group: PodGroup = { key, view: this.#table.use(shape), podClass: self, relations, rows: new Map(), uses: 1 };
    this.#groups.set(key, group);
    this.#relations.use(group);
    return group;
  }

  release(group: PodGroup): void {
    if (--group.uses > 0) return;
    this.#groups.delete(group.key);
    this.#relations.release(group);
    this.#table.release(group.view);
  }

  /** Counts a pod on a row, or with `sign` -1 no more. */
  account(group: PodGroup, row: number, { sign, leaving }: { readonly sign: 1 | -1; readonly leaving: boolean }): void {
    const change = { pods: sign, staying: leaving ? 0 : sign };
    this.#table.account(group.view, row, sign);
    this.#relations.account(group, row, change);
    count(group, row, change);
  }

  /** A pod that counts on the row is being deleted. */
  leave(group: PodGroup, row: number): void {
    const change = { pods: 0, staying: -1 };
    this.#relations.account(group, row, change);
    count(group, row, change);
  }
}

function count({ rows }: PodGroup, row: number, { pods, staying }: GroupCount): void {
  const known = rows.get(row) ?? { pods: 0, staying: 0 };
  known.pods += pods;
  known.staying += staying;
  if (known.pods > 0) rows.set(row, known);
  else rows.delete(row);
}
