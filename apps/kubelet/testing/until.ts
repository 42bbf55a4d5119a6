import { setTimeout as pause } from 'node:timers/promises';

/** Polls: what is waited for goes through files, whose time no clock of ours rules. */
export async function until(what: string, check: () => boolean, told: () => readonly string[] = () => []): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if (check()) return;
    await pause(5);
  }
  throw new Error(`${what} has not come to pass; the runtime was told: ${told().join(', ')}`);
}
