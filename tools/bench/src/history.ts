import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Measurement } from './benchmark.ts';

/** How much slower than before, measured against the control, is worth a red mark. */
const FALL = 0.15;

export interface HistoryRow {
  readonly time: string;
  readonly commit: string;
  readonly machine: string;
  readonly command: string;
  readonly benchmark: string;
  readonly name: string;
  readonly unit: string;
  readonly better: Measurement['better'];
  readonly median: number;
  readonly values: readonly number[];
  /** Speed of the machine in the same run: see `controlSpeed`. */
  readonly control: number;
}

export const readHistory = (file: string): readonly HistoryRow[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as HistoryRow)
    : [];

export function appendHistory(file: string, rows: readonly HistoryRow[]): void {
  appendFileSync(file, rows.map(row => `${JSON.stringify(row)}\n`).join(''));
}

/** How the row compares with the newest one of its name before it, the speed of the machine taken out: 0.2 is a fifth worse. */
export function fallOf(row: HistoryRow, history: readonly HistoryRow[]): number | undefined {
  const before = history.findLast(({ benchmark, name }) => benchmark === row.benchmark && name === row.name);
  if (!before || before.median === 0 || row.median === 0) return undefined;
  // A rate grows with the machine's speed, a time shrinks with it.
  const relative = ({ median, control, better }: HistoryRow): number => (better === 'higher' ? median / control : 1 / (median * control));
  return 1 - relative(row) / relative(before);
}

export const isFall = (fall: number | undefined): boolean => fall !== undefined && fall > FALL;
