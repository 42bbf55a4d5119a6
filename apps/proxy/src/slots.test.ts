import { settled } from '@steersman/testing';
import { connectionSlots, openFileLimit, slotsForFiles } from './slots.ts';

describe('connectionSlots', () => {
  it('gives as many as there are, and the next ones in the order in which they were asked for', async () => {
    const slots = connectionSlots(1);
    const order: string[] = [];
    const first = await slots.take();
    const second = slots.take().then(release => (order.push('second'), release));
    const third = slots.take().then(release => (order.push('third'), release));
    await settled();
    expect([slots.inUse, ...order]).toEqual([1]);
    first();
    first();
    const release = await second;
    await settled();
    expect(order).toEqual(['second']);
    release();
    (await third)();
    expect([slots.inUse, ...order]).toEqual([0, 'second', 'third']);
  });
});

describe('slotsForFiles', () => {
  it.each([
    { name: 'a common limit', files: 1_024, want: 192 },
    { name: 'hardly any', files: 100, want: 1 },
  ])('leaves room for what else is open: $name', ({ files, want }) => {
    expect(slotsForFiles(files)).toBe(want);
  });

  it('is given the limit of this process', () => {
    expect(openFileLimit()).toBeGreaterThan(0);
  });
});
