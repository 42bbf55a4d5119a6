/**
 * Runs `make` up to `count` times in batches of 1, 2, 4 ...: what cannot work fails once, not `count` times at the same moment.
 * After a batch with a failure no other is started. `made` counts successes, `error` is the first failure.
 */
export async function slowStart(count: number, make: () => Promise<void>): Promise<{ readonly made: number; readonly error: unknown }> {
  let made = 0;
  for (let left = count, size = 1; left > 0; size *= 2) {
    const batch = Math.min(size, left);
    const results = await Promise.allSettled(Array.from({ length: batch }, make));
    made += results.filter(({ status }) => status === 'fulfilled').length;
    const failed = results.find(result => result.status === 'rejected');
    if (failed) return { made, error: failed.reason };
    left -= batch;
  }
  return { made, error: undefined };
}
