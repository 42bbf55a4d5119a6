const FIRST_MS = 10_000;
const MAX_MS = 300_000;
/** A container that ran this long is no longer taken for one that crashes. */
const FORGET_MS = 2 * MAX_MS;

interface Entry {
  readonly delayMs: number;
  readonly updatedMs: number;
  /** The end that was answered last. */
  readonly finishedMs: number;
}

/** The growing pause between the starts of one container: none, 10 s, 20 s ... 5 min. Times are milliseconds since the epoch. */
export class CrashLoop {
  readonly #entries = new Map<string, Entry>();

  /** When a container that finished at `finishedMs` may start again, and the pause it is in; undefined means now. */
  heldUntil(container: string, finishedMs: number, nowMs: number): { readonly untilMs: number; readonly delayMs: number } | undefined {
    const entry = this.#current(container, finishedMs);
    if (!entry || finishedMs + entry.delayMs <= nowMs) return undefined;
    return { untilMs: finishedMs + entry.delayMs, delayMs: entry.delayMs };
  }

  /** A container that finished at `finishedMs` is started again now; telling it twice counts once. */
  restarted(container: string, finishedMs: number, nowMs: number): void {
    const entry = this.#current(container, finishedMs);
    if (entry?.finishedMs === finishedMs) return;
    const delayMs = entry ? Math.min(entry.delayMs * 2, MAX_MS) : FIRST_MS;
    this.#entries.set(container, { delayMs, updatedMs: nowMs, finishedMs });
  }

  #current(container: string, finishedMs: number): Entry | undefined {
    const entry = this.#entries.get(container);
    return entry && finishedMs - entry.updatedMs <= FORGET_MS ? entry : undefined;
  }
}

/** `1m20s`, as Go writes a duration of whole seconds. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
