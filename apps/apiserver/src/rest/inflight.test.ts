import { Inflight } from './inflight.ts';

const user = (name: string, ...groups: string[]) => ({ name, groups });
const gauge = () => {
  let value = 0;
  return { set: (to: number) => void (value = to), add: (by: number) => void (value += by), read: () => value };
};

describe('Inflight', () => {
  it('refuses beyond the limit, for each sort of request on its own, and counts what leaves', () => {
    const gauges = { readOnly: gauge(), mutating: gauge() };
    const inflight = new Inflight({ readOnly: 2, mutating: 1 }, gauges);
    const running = [inflight.enter('readOnly', user('a')), inflight.enter('readOnly', user('b'))];
    expect(() => inflight.enter('readOnly', user('c'))).toThrow(
      expect.objectContaining({ reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } }),
    );
    running.push(inflight.enter('mutating', user('c')), inflight.enter('readOnly', user('admin', 'system:masters')));
    expect(gauges.readOnly.read()).toBe(3);
    for (const request of running) request[Symbol.dispose]();
    expect([gauges.readOnly.read(), gauges.mutating.read()]).toEqual([0, 0]);
    expect(() => inflight.enter('readOnly', user('c'))).not.toThrow();
  });
});
