/** Label values in the order of the metric's label names. */
type LabelValues = readonly string[];

export interface CounterCell {
  add(by?: number): void;
}
export interface GaugeCell {
  set(value: number): void;
  add(by: number): void;
}
export interface HistogramCell {
  observe(value: number): void;
}

/** A family of cells, one per set of label values. `of` finds or makes a cell: hot paths keep the cell, not the family. */
export interface Metric<Cell> {
  of(...labels: LabelValues): Cell;
}

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** The metrics of one process, written as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export class Metrics {
  readonly #families: (() => string)[] = [];

  counter(options: MetricOptions): Metric<CounterCell> {
    return this.#scalar(options, 'counter', cell => ({ add: (by = 1) => void (cell.value += by) }));
  }

  gauge(options: MetricOptions): Metric<GaugeCell> {
    return this.#scalar(options, 'gauge', cell => ({ set: value => void (cell.value = value), add: by => void (cell.value += by) }));
  }

  /** A gauge whose value is asked for at each scrape. */
  observed({ name, help }: MetricOptions, read: () => number): void {
    this.#families.push(() => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${read()}\n`);
  }

  /** `buckets` are upper bounds, ascending, without +Inf. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Metric<HistogramCell> {
    const { name, help, labels = [], buckets } = options;
    const cells = new Map<string, { labels: LabelValues; counts: Float64Array; sum: number; cell: HistogramCell }>();
    this.#families.push(() => {
      const rows = [...cells.values()].map(({ labels: values, counts, sum }) => {
        let total = 0;
        const lines = buckets.map(
          (bound, at) => `${name}_bucket${labelText([...labels, 'le'], [...values, String(bound)])} ${(total += counts[at] ?? 0)}`,
        );
        total += counts[buckets.length] ?? 0;
        lines.push(`${name}_bucket${labelText([...labels, 'le'], [...values, '+Inf'])} ${total}`);
        lines.push(`${name}_sum${labelText(labels, values)} ${sum}`, `${name}_count${labelText(labels, values)} ${total}`);
        return lines.join('\n');
      });
      return head(name, help, 'histogram', rows);
    });
    return {
      of: (...values) => {
        const key = values.join('\0');
        const found = cells.get(key);
        if (found) return found.cell;
        const made = { labels: values, counts: new Float64Array(buckets.length + 1), sum: 0, cell: { observe } };
        function observe(value: number): void {
          let at = 0;
          while (at < buckets.length && value > (buckets[at] ?? Infinity)) at++;
          made.counts[at] = (made.counts[at] ?? 0) + 1;
          made.sum += value;
        }
        cells.set(key, made);
        return made.cell;
      },
    };
  }

  text(): string {
    return this.#families.map(write => write()).join('');
  }

  #scalar<Cell>({ name, help, labels = [] }: MetricOptions, type: string, make: (cell: { value: number }) => Cell): Metric<Cell> {
    const cells = new Map<string, { labels: LabelValues; state: { value: number }; cell: Cell }>();
    this.#families.push(() =>
      head(
        name,
        help,
        type,
        [...cells.values()].map(({ labels: values, state }) => `${name}${labelText(labels, values)} ${state.value}`),
      ),
    );
    return {
      of: (...values) => {
        const key = values.join('\0');
        const found = cells.get(key);
        if (found) return found.cell;
        const state = { value: 0 };
        const cell = make(state);
        cells.set(key, { labels: values, state, cell });
        return cell;
      },
    };
  }
}

const head = (name: string, help: string, type: string, rows: readonly string[]): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.map(row => `${row}\n`).join('')}`;

const labelText = (names: readonly string[], values: LabelValues): string =>
  names.length === 0 ? '' : `{${names.map((name, at) => `${name}="${escapeLabel(values[at] ?? '')}"`).join(',')}}`;

const escapeLabel = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
