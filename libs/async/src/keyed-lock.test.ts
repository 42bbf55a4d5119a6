import { KeyedLock } from './keyed-lock.ts';

it('lets one after the other have a key, in the order in which they came', async () => {
  const lock = new KeyedLock();
  const order: string[] = [];
  const hold = async (name: string): Promise<void> => {
    const release = await lock.acquire('key');
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
    release();
  };
  await Promise.all(['a', 'b', 'c'].map(hold));
  await hold('d');
  expect(order).toEqual(['a', 'b', 'c', 'd'].flatMap(name => [`${name} begins`, `${name} ends`]));
});

it('makes nobody wait for another key', async () => {
  const lock = new KeyedLock();
  await lock.acquire('held');
  const release = await lock.acquire('other');
  release();
  expect(typeof release).toBe('function');
});
