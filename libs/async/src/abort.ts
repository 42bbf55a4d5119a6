import { addAbortListener } from 'node:events';

/** True for the error an aborted wait ends with: not a failure, never logged. */
export const isAbortError = (err: unknown): boolean => err instanceof Error && (err.name === 'AbortError' || err.name === 'TimeoutError');

/** Resolves when `signal` aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/**
 * Gives `promise` up when `signal` aborts, and removes its listener otherwise. `AbortSignal.any` per item on a
 * long-lived signal keeps memory (Node issue 54614), so this is the way to combine a wait with a process-wide signal.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  using _ = addAbortListener(signal, () => reject(signal.reason as Error));
  return await Promise.race([promise, stopped]);
}

/** Ends with the parent signal, after `ms`, or when disposed; disposing removes every listener and timer. */
export function deadline(ms: number, parent?: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException(`gave up after ${ms} ms`, 'TimeoutError')), ms);
  const listener = parent && addAbortListener(parent, () => controller.abort(parent.reason));
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      listener?.[Symbol.dispose]();
    },
  };
}
