export interface Load {
  /** Times of single requests in milliseconds. */
  readonly latencies: readonly number[];
  readonly perSecond: number;
}

/** Each of `workers` does one thing after the other until `count` are done. */
export async function drive<W>(workers: readonly W[], count: number, work: (worker: W, at: number) => Promise<unknown>): Promise<Load> {
  const latencies: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    workers.map(async worker => {
      while (next < count) {
        const at = next++;
        const started = performance.now();
        await work(worker, at);
        latencies.push(performance.now() - started);
      }
    }),
  );
  return { latencies, perSecond: (count * 1_000) / (performance.now() - began) };
}
