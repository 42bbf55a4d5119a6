import { jsonEquals, milliValue, type Node, quantityValue, type Taint } from '@steersman/types';
import { conflict, type HostPort } from './host-ports.ts';
import type { NodeFacts } from './node-affinity.ts';
import type { PodShape } from './pod-shape.ts';
import { isRepelled, isTolerated, reluctance, UNSCHEDULABLE_TAINT } from './taints.ts';

/** Columns every node has; extended resources follow in the order they are first met. */
export const COLUMN = { cpu: 0, memory: 1, 'ephemeral-storage': 2, pods: 3 } as const;

/** What a node, apart from what runs on it, means to a shape. */
export const VERDICT = { fits: 0, noNode: 1, unschedulable: 2, taint: 3, affinity: 4 } as const;

const FIRST_ROWS = 64;
/** Changes that are remembered: a shape that has missed more is judged anew. */
const MOST_CHANGES = 8_192;

/** A shape as this table sees it: its demands by column, and what every row means to it. */
export interface ShapeView {
  readonly shape: PodShape;
  /** Columns of what it asks for and how much; `pods` is not among them. */
  readonly columns: readonly number[];
  readonly amounts: readonly number[];
  verdicts: Uint8Array;
  /** Whether node selector and affinity, and the taints, would have the row, each by itself. */
  choosable: Uint8Array;
  tolerable: Uint8Array;
  reluctance: Float64Array;
  preference: Float64Array;
  /** Rows with any of both: without them there is nothing to compare. */
  wishes: number;
  /** Made by `judgeRows`, and true for the rows that have not changed since. */
  readonly judged: JudgedRows;
  /** Pods that use the view; it goes with the last. */
  uses: number;
}

/** What the rows mean to a shape, with what is on them now. */
export interface JudgedRows {
  /** 1 where a pod of the shape has a place. */
  hasPlace: Uint8Array;
  /** How good the row's room is for it, 0 to 200. */
  score: Float64Array;
  /** Changes of the table that are accounted for. */
  seen: number;
}

interface Row extends NodeFacts {
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
}

/** All nodes in columns, one typed array per resource, so that judging a pod is a pass over numbers. */
export class NodeTable {
  readonly #rows = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #facts: (Row | undefined)[] = [];
  readonly #ports: (HostPort[] | undefined)[] = [];
  readonly #columns = new Map<string, number>(Object.entries(COLUMN));
  readonly #names: string[] = Object.keys(COLUMN);
  readonly #views = new Map<string, ShapeView>();
  /** Rows that changed, oldest first. */
  #changes: number[] = [];
  #changesDropped = 0;
  /** By row: its place when all names are sorted; undefined after a node came or went. */
  #ranks: Int32Array | undefined;
  #capacity = FIRST_ROWS;
  /** [column][row] */
  readonly allocatable: Float64Array[] = this.#names.map(() => new Float64Array(FIRST_ROWS));
  readonly requested: Float64Array[] = this.#names.map(() => new Float64Array(FIRST_ROWS));
  /** Requests with the usual needs in place of none: CPU and memory, for comparing nodes. */
  readonly scored: [Float64Array, Float64Array] = [new Float64Array(FIRST_ROWS), new Float64Array(FIRST_ROWS)];

  /** Room for a list of rows, for whoever decides just now. */
  scratch = new Int32Array(FIRST_ROWS);

  /** Nodes there are. */
  get size(): number {
    return this.#rows.size;
  }

  /** Rows to look at, of which those without a node have the verdict `noNode`. */
  get end(): number {
    return this.#facts.length;
  }

  row(name: string): number | undefined {
    return this.#rows.get(name);
  }

  nameOf(row: number): string {
    return this.#facts[row]?.name ?? '';
  }

  /** Where the row's name stands among all names. */
  rankOf(row: number): number {
    this.#ranks ??= this.#rank();
    return this.#ranks[row] ?? 0;
  }

  /** Changes there have been. */
  get changed(): number {
    return this.#changesDropped + this.#changes.length;
  }

  /** Rows that changed after the first `seen` changes; undefined when that is too long ago. */
  changedSince(seen: number): readonly number[] | undefined {
    return seen < this.#changesDropped ? undefined : this.#changes.slice(seen - this.#changesDropped);
  }

  resourceOf(column: number): string {
    return this.#names[column] ?? '';
  }

  /** The row, and whether anything that counts here has changed. */
  set(node: Node): { readonly row: number; readonly changed: boolean } {
    const known = this.#rows.get(node.metadata.name);
    const row = known ?? this.#takeRow(node.metadata.name);
    const facts = factsOf(node);
    const sameFacts = known !== undefined && jsonEquals(facts, this.#facts[row]);
    this.#facts[row] = facts;
    const sameAmounts = this.#setAllocatable(row, node.status.allocatable ?? node.status.capacity ?? {});
    if (!sameFacts) for (const view of this.#views.values()) this.#judge(view, row);
    if (!sameFacts || !sameAmounts) this.#change(row);
    return { row, changed: !sameFacts || !sameAmounts };
  }

  delete(name: string): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#rows.delete(name);
    this.#facts[row] = undefined;
    this.#ports[row] = undefined;
    for (const column of [...this.allocatable, ...this.requested, ...this.scored]) column[row] = 0;
    for (const view of this.#views.values()) this.#judge(view, row);
    this.#free.push(row);
    this.#ranks = undefined;
    this.#change(row);
  }

  /** The view shared by all pods of one shape; every `use` needs a `release`. */
  use(shape: PodShape): ShapeView {
    const found = this.#views.get(shape.key) ?? this.#makeView(shape);
    found.uses++;
    return found;
  }

  release(view: ShapeView): void {
    if (--view.uses === 0) this.#views.delete(view.shape.key);
  }

  /** Counts a pod of this shape on a row, or with `sign` -1 no more. */
  account({ shape, columns, amounts }: ShapeView, row: number, sign: 1 | -1): void {
    columns.forEach((column, at) => add(this.requested[column], row, sign * (amounts[at] ?? 0)));
    add(this.requested[COLUMN.pods], row, sign);
    add(this.scored[0], row, sign * shape.requests.scored.cpu);
    add(this.scored[1], row, sign * shape.requests.scored.memory);
    for (const port of shape.hostPorts) this.#accountPort(port, row, sign);
    this.#change(row);
  }

  portsTaken(wanted: readonly HostPort[], row: number): boolean {
    const taken = this.#ports[row];
    return taken !== undefined && wanted.some(port => taken.some(other => conflict(port, other)));
  }

  #change(row: number): void {
    this.#changes.push(row);
    if (this.#changes.length < 2 * MOST_CHANGES) return;
    this.#changes = this.#changes.slice(MOST_CHANGES);
    this.#changesDropped += MOST_CHANGES;
  }

  #rank(): Int32Array {
    const ranks = new Int32Array(this.#capacity);
    [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).forEach(([, row], rank) => (ranks[row] = rank));
    return ranks;
  }

  #accountPort(port: HostPort, row: number, sign: 1 | -1): void {
    const taken = (this.#ports[row] ??= []);
    if (sign === 1) taken.push(port);
    else {
      const at = taken.findIndex(other => jsonEquals(other, port));
      if (at >= 0) taken.splice(at, 1);
    }
  }

  #takeRow(name: string): number {
    const row = this.#free.pop() ?? this.#facts.length;
    this.#rows.set(name, row);
    this.#ranks = undefined;
    if (row >= this.#capacity) this.#grow();
    return row;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.scratch = new Int32Array(this.#capacity);
    const wider = (from: Float64Array): Float64Array => {
      const to = new Float64Array(this.#capacity);
      to.set(from);
      return to;
    };
    const flags = (from: Uint8Array): Uint8Array => {
      const to = new Uint8Array(this.#capacity);
      to.set(from);
      return to;
    };
    for (const columns of [this.allocatable, this.requested, this.scored]) columns.forEach((column, at) => (columns[at] = wider(column)));
    for (const view of this.#views.values()) {
      const verdicts = new Uint8Array(this.#capacity).fill(VERDICT.noNode);
      verdicts.set(view.verdicts);
      view.verdicts = verdicts;
      view.judged.hasPlace = new Uint8Array(this.#capacity);
      view.judged.score = new Float64Array(this.#capacity);
      view.judged.seen = -1;
      view.choosable = flags(view.choosable);
      view.tolerable = flags(view.tolerable);
      view.reluctance = wider(view.reluctance);
      view.preference = wider(view.preference);
    }
  }

  #setAllocatable(row: number, quantities: Readonly<Record<string, string>>): boolean {
    for (const resource of Object.keys(quantities)) this.#column(resource);
    let same = true;
    for (const [resource, column] of this.#columns) {
      const values = this.allocatable[column];
      const quantity = quantities[resource];
      const value = quantity === undefined ? 0 : resource === 'cpu' ? milliValue(quantity) : quantityValue(quantity);
      if (!values || values[row] === value) continue;
      values[row] = value;
      same = false;
    }
    return same;
  }

  #column(resource: string): number {
    const known = this.#columns.get(resource);
    if (known !== undefined) return known;
    const column = this.#names.push(resource) - 1;
    this.#columns.set(resource, column);
    this.allocatable.push(new Float64Array(this.#capacity));
    this.requested.push(new Float64Array(this.#capacity));
    return column;
  }

  #makeView(shape: PodShape): ShapeView {
    const asked = [...shape.requests.amounts].filter(([resource, amount]) => amount > 0 && resource !== 'pods');
    const demands = asked.map(([resource, amount]) => ({ column: this.#column(resource), amount })).sort((a, b) => a.column - b.column);
    const view: ShapeView = {
      shape,
      columns: demands.map(({ column }) => column),
      amounts: demands.map(({ amount }) => amount),
      verdicts: new Uint8Array(this.#capacity).fill(VERDICT.noNode),
      choosable: new Uint8Array(this.#capacity),
      tolerable: new Uint8Array(this.#capacity),
      reluctance: new Float64Array(this.#capacity),
      preference: new Float64Array(this.#capacity),
      judged: { hasPlace: new Uint8Array(this.#capacity), score: new Float64Array(this.#capacity), seen: -1 },
      wishes: 0,
      uses: 0,
    };
    for (let row = 0; row < this.end; row++) this.#judge(view, row);
    this.#views.set(shape.key, view);
    return view;
  }

  #judge(view: ShapeView, row: number): void {
    const facts = this.#facts[row];
    view.verdicts[row] = facts ? verdict(view.shape, facts) : VERDICT.noNode;
    view.choosable[row] = facts && view.shape.choice.allows(facts) ? 1 : 0;
    view.tolerable[row] = facts && !isRepelled(facts.taints, view.shape.tolerations) ? 1 : 0;
    const hadWish = hasWish(view, row);
    view.reluctance[row] = facts ? reluctance(facts.taints, view.shape.tolerations) : 0;
    view.preference[row] = facts ? view.shape.choice.preference(facts) : 0;
    view.wishes += Number(hasWish(view, row)) - Number(hadWish);
  }
}

const hasWish = ({ reluctance, preference }: ShapeView, row: number): boolean => reluctance[row] !== 0 || preference[row] !== 0;

const factsOf = ({ metadata: { name, labels = {} }, spec }: Node): Row => ({
  name,
  labels,
  taints: spec.taints ?? [],
  unschedulable: spec.unschedulable ?? false,
});

/** In upstream's order: the first thing that is wrong is what users are told. */
function verdict({ tolerations, choice }: PodShape, node: Row): number {
  if (node.unschedulable && !isTolerated(UNSCHEDULABLE_TAINT, tolerations)) return VERDICT.unschedulable;
  if (isRepelled(node.taints, tolerations)) return VERDICT.taint;
  return choice.allows(node) ? VERDICT.fits : VERDICT.affinity;
}

function add(column: Float64Array | undefined, row: number, amount: number): void {
  if (column) column[row] = (column[row] ?? 0) + amount;
}
