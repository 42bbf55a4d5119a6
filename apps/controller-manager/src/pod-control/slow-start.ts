/**
 * Runs `make` for the items in batches of 1, 2, 4 ...: what cannot work fails once, not for all at the same moment.
 * After a batch with a failure no other is started. `made` counts successes, `error` is the first failure.
 */
export async function slowStart<T>(
  items: readonly T[],
  make: (item: T) => Promise<void>,
): Promise<{ readonly made: number; readonly error: unknown }> {
  let made = 0;
  for (let at = 0, size = 1; at < items.length; at += size, size *= 2) {
    const results = await Promise.allSettled(items.slice(at, at + size).map(make));
    made += results.filter(({ status }) => status === 'fulfilled').length;
    const failed = results.find(result => result.status === 'rejected');
    if (failed) return { made, error: failed.reason };
  }
  return { made, error: undefined };
}
