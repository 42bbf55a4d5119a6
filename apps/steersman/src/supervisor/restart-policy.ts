/** sysexits EX_USAGE: it will say the same again. */
const EXIT_USAGE = 64;
const SETTLED_MS = 10_000;
const SECOND_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

export interface RestartState {
  /** Exits since it last ran for a while. */
  readonly failures: number;
}

export type Decision =
  { readonly verdict: 'restart'; readonly delayMs: number; readonly failures: number } | { readonly verdict: 'give up' };

/** At once after the first exit, so that one crash is hardly noticed; then 100 ms, doubled each time, up to 10 s. */
export function decideRestart(
  { failures }: RestartState,
  { ranMs, code }: { readonly ranMs: number; readonly code?: number | undefined },
): Decision {
  if (code === EXIT_USAGE) return { verdict: 'give up' };
  const counted = ranMs >= SETTLED_MS ? 1 : failures + 1;
  const delayMs = counted === 1 ? 0 : Math.min(SECOND_DELAY_MS * 2 ** (counted - 2), MAX_DELAY_MS);
  return { verdict: 'restart', delayMs, failures: counted };
}
