import { jsonEquals, milliValue, type Node, quantityValue, type Taint } from '@steersman/types';
import { conflict, type HostPort } from './host-ports.ts';
import type { NodeFacts } from './node-affinity.ts';
import type { PodShape } from './pod-shape.ts';
import { Topologies, type Topology } from './topologies.ts';
import { isRepelled, isTolerated, reluctance, UNSCHEDULABLE_TAINT } from './taints.ts';

/** Columns every node has; extended resources follow in the order they are first met. */
export const COLUMN = { cpu: 0, memory: 1, 'ephemeral-storage': 2, pods: 3 } as const;

/** What a node, apart from what runs on it, means to a shape. */
export const VERDICT = { fits: 0, noNode: 1, unschedulable: 2, taint: 3, affinity: 4 } as const;

const FIRST_ROWS = 64;

/** A shape as this table sees it: its demands by column, and what every row means to it. */
export interface ShapeView {
  readonly shape: PodShape;
  /** Columns of what it asks for and how much; `pods` is not among them. */
  readonly columns: readonly number[];
  readonly amounts: readonly number[];
  verdicts: Uint8Array;
  reluctance: Float64Array;
  preference: Float64Array;
  /** Pods that use the view; it goes with the last. */
  uses: number;
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
  readonly #topologies = new Topologies();
  #capacity = FIRST_ROWS;
  /** [column][row] */
  readonly allocatable: Float64Array[] = this.#names.map(() => new Float64Array(FIRST_ROWS));
  readonly requested: Float64Array[] = this.#names.map(() => new Float64Array(FIRST_ROWS));
  /** Requests with the usual needs in place of none: CPU and memory, for comparing nodes. */
  readonly scored: [Float64Array, Float64Array] = [new Float64Array(FIRST_ROWS), new Float64Array(FIRST_ROWS)];

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
    if (!sameFacts) this.#topologies.set(row, facts.labels);
    const sameAmounts = this.#setAllocatable(row, node.status.allocatable ?? node.status.capacity ?? {});
    if (!sameFacts) for (const view of this.#views.values()) this.#judge(view, row);
    return { row, changed: !sameFacts || !sameAmounts };
  }

  delete(name: string): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#rows.delete(name);
    this.#facts[row] = undefined;
    this.#ports[row] = undefined;
    this.#topologies.set(row, undefined);
    for (const column of [...this.allocatable, ...this.requested, ...this.scored]) column[row] = 0;
    for (const view of this.#views.values()) this.#judge(view, row);
    this.#free.push(row);
  }

  /** The domains that a label of nodes makes. */
  topology(key: string): Topology {
    return this.#topologies.of(key, { rows: this.#facts.map(facts => facts?.labels), capacity: this.#capacity });
  }

  /** Whether the node is one the pod selects, apart from everything else. */
  isChosen({ shape, verdicts }: ShapeView, row: number): boolean {
    const verdict = verdicts[row];
    if (verdict === VERDICT.fits || verdict === VERDICT.affinity) return verdict === VERDICT.fits;
    const facts = this.#facts[row];
    return facts !== undefined && shape.choice.allows(facts);
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
  }

  portsTaken(wanted: readonly HostPort[], row: number): boolean {
    const taken = this.#ports[row];
    return taken !== undefined && wanted.some(port => taken.some(other => conflict(port, other)));
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
    if (row >= this.#capacity) this.#grow();
    return row;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#topologies.grow(this.#capacity);
    const wider = (from: Float64Array): Float64Array => {
      const to = new Float64Array(this.#capacity);
      to.set(from);
      return to;
    };
    for (const columns of [this.allocatable, this.requested, this.scored]) columns.forEach((column, at) => (columns[at] = wider(column)));
    for (const view of this.#views.values()) {
      const verdicts = new Uint8Array(this.#capacity).fill(VERDICT.noNode);
      verdicts.set(view.verdicts);
      view.verdicts = verdicts;
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
      reluctance: new Float64Array(this.#capacity),
      preference: new Float64Array(this.#capacity),
      uses: 0,
    };
    for (let row = 0; row < this.end; row++) this.#judge(view, row);
    this.#views.set(shape.key, view);
    return view;
  }

  #judge(view: ShapeView, row: number): void {
    const facts = this.#facts[row];
    view.verdicts[row] = facts ? verdict(view.shape, facts) : VERDICT.noNode;
    view.reluctance[row] = facts ? reluctance(facts.taints, view.shape.tolerations) : 0;
    view.preference[row] = facts ? view.shape.choice.preference(facts) : 0;
  }
}

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
