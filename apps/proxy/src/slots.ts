import { readFileSync } from 'node:fs';

/** Bounds how many connections are passed on at once; the rest wait in the order in which they came. */
export interface Slots {
  readonly inUse: number;
  /** Resolves to what gives the slot back. */
  take(): Promise<() => void>;
}

/** Files that the process needs besides connections: the API, logs, listeners. */
const RESERVED = 256;

export function connectionSlots(limit: number): Slots {
  let inUse = 0;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next) next();
    else inUse--;
  };
  const once = (): (() => void) => {
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  };
  return {
    get inUse() {
      return inUse;
    },
    async take() {
      if (inUse < limit) inUse++;
      else await new Promise<void>(resolve => waiting.push(resolve));
      return once();
    },
  };
}

/** A connection that is passed on takes two descriptors; half of the rest stays for those that wait. */
export const slotsForFiles = (openFiles: number): number => Math.max(1, Math.floor((openFiles - RESERVED) / 4));

/** How many files this process may have open. */
export function openFileLimit(): number {
  const row = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return row?.[1] === undefined ? 1_024 : Number(row[1]);
}
