import { addAbortListener } from 'node:events';

/**
 * Resolves when the machine is about to go down. SIGPWR says so, as init systems are told of a power failure; SIGTERM only
 * ends this process, and pods go on without it. Rejects when `signal` aborts first.
 */
export async function powerFailure(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using _ = addAbortListener(signal, () => reject(signal.reason as Error));
  process.on('SIGPWR', resolve);
  try {
    await promise;
  } finally {
    process.off('SIGPWR', resolve);
  }
}
