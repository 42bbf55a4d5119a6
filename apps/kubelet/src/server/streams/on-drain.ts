import type { Writable } from 'node:stream';

/**
 * Calls a listener back once `stream` takes more. While one waits others are ignored: several messages of one chunk may
 * find the stream full, and all would do the same then.
 */
export function onDrain(stream: Writable): (listener: () => void) => void {
  let isWaiting = false;
  return listener => {
    if (isWaiting) return;
    isWaiting = true;
    stream.once('drain', () => {
      isWaiting = false;
      listener();
    });
  };
}
