import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Resolves with what `check` returns once it is neither undefined nor false; a check that throws is asked again. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
      last = undefined;
    } catch (err) {
      last = err;
    }
    if (Date.now() >= deadline) throw new Error(`waited ${limitMs} ms for ${what}`, { cause: last });
    await sleep(POLL_MS);
  }
}
