const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** `share` is 0.5 for the median, 0.99 for what all but one in a hundred stay below. 0 when there are no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Three significant digits: more would claim a precision that no run has. */
export const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
