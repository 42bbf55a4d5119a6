import { WorkQueue } from './work-queue.ts';

/** Takes every queued key; `during` runs inside the first turn of each key. */
async function drain(queue: WorkQueue<string>, during: (key: string) => void = () => {}): Promise<string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const key of queue.take(stop.signal)) {
    if (!seen.includes(key)) during(key);
    seen.push(key);
    if (queue.size === 0) setImmediate(() => stop.abort());
  }
  return seen;
}

describe('WorkQueue', () => {
  it.each([
    { name: 'keeps insertion order', add: ['a', 'b', 'c'], want: ['a', 'b', 'c'] },
    { name: 'collapses duplicates', add: ['a', 'b', 'a'], want: ['a', 'b'] },
  ])('$name', async ({ add, want }) => {
    const queue = new WorkQueue<string>();
    add.forEach(key => queue.add(key));
    expect(await drain(queue)).toEqual(want);
  });

  it('runs a key once more when it is added while being worked on', async () => {
    const queue = new WorkQueue<string>();
    queue.add('a');
    const again = (key: string) => {
      queue.add(key);
      queue.add(key);
    };
    expect(await drain(queue, again)).toEqual(['a', 'a']);
  });

  it('wakes a live worker even after another worker was stopped while idle', async () => {
    const queue = new WorkQueue<string>();
    const [dead, live] = [new AbortController(), new AbortController()];
    const first = queue.take(dead.signal).next();
    const second = queue.take(live.signal).next();
    await new Promise(setImmediate);
    dead.abort();
    queue.add('a');
    expect(await second).toEqual({ done: false, value: 'a' });
    expect(await first).toEqual({ done: true, value: undefined });
  });

  it('never hands one key to two workers', async () => {
    const queue = new WorkQueue<string>();
    const stop = new AbortController();
    let running = 0;
    let peak = 0;
    let turns = 0;
    const worker = async () => {
      for await (const key of queue.take(stop.signal)) {
        peak = Math.max(peak, ++running);
        queue.add(key);
        await new Promise(setImmediate);
        running--;
        if (++turns === 50) stop.abort();
      }
    };
    queue.add('a');
    await Promise.all([worker(), worker(), worker()]);
    expect(peak).toBe(1);
  });
});
