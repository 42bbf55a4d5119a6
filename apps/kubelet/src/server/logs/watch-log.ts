import { addAbortListener } from 'node:events';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { LogSource } from './read-log.ts';

export interface LogWatch extends Disposable {
  /** The container has ended: what is in the file is all there will be. */
  readonly ended: boolean;
  /** Resolves once anything happened since the last call; throws when the signal aborts. */
  changed(): Promise<void>;
}

/** Watches the folder, so that a rotated file is seen; the kernel wakes us, nothing is polled. */
export function watchLog({ logPath, ended }: LogSource, signal: AbortSignal): LogWatch {
  const state: { dirty: boolean; ended: boolean; wake: (() => void) | undefined } = { dirty: false, ended: false, wake: undefined };
  const touch = (): void => {
    state.dirty = true;
    state.wake?.();
  };
  const watcher = watch(dirname(logPath), touch);
  watcher.on('error', touch); // the folder is gone: reading will say so
  const abort = addAbortListener(signal, touch);
  // `ended` may outlive us by weeks: all it keeps is this small state.
  void ended.then(() => {
    state.ended = true;
    touch();
  });
  return {
    get ended() {
      return state.ended;
    },
    changed: async () => {
      if (!state.dirty) await new Promise<void>(resolve => (state.wake = resolve));
      state.dirty = false;
      signal.throwIfAborted();
    },
    [Symbol.dispose]: () => {
      state.wake = undefined;
      watcher.close();
      abort[Symbol.dispose]();
    },
  };
}
