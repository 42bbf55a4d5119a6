import { FakeClock } from '@steersman/testing';
import { backendPicker } from './backend-picker.ts';

const backend = (address: string) => ({ address, port: 8080, local: false });
const [a, b] = [backend('10.1.0.1'), backend('10.1.0.2')];

describe('backendPicker', () => {
  const clock = new FakeClock();
  const picked = (picker: ReturnType<typeof backendPicker>, ...clients: readonly string[]) =>
    clients.map(client => picker.pick(client)?.address);

  it('takes backends in turn, and none when there is none', () => {
    const picker = backendPicker(clock);
    expect(picker.pick('x')).toBeUndefined();
    picker.update([a, b], undefined);
    expect(picked(picker, 'x', 'x', 'x')).toEqual([a.address, b.address, a.address]);
  });

  it('keeps a client until it has been quiet for long, or its backend goes', async () => {
    const picker = backendPicker(clock);
    picker.update([a, b], 60);
    expect(picked(picker, 'x', 'y', 'x', 'y')).toEqual([a.address, b.address, a.address, b.address]);
    await clock.advance(59_000);
    expect(picked(picker, 'y')).toEqual([b.address]);
    await clock.advance(59_000);
    expect(picked(picker, 'y', 'x')).toEqual([b.address, a.address]);
    picker.update([a], 60);
    expect(picked(picker, 'y')).toEqual([a.address]);
  });

  it('forgets clients when affinity is switched off', () => {
    const picker = backendPicker(clock);
    picker.update([a, b], 60);
    picker.pick('x');
    picker.update([a, b], undefined);
    expect(new Set(picked(picker, 'x', 'x'))).toEqual(new Set([a.address, b.address]));
  });
});
