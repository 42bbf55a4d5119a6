import { createLogger } from '@steersman/telemetry';
import { FakeClock } from '@steersman/testing';
import { sparingLogger } from './sparing-logger.ts';

describe('sparingLogger', () => {
  it('says a message once in ten seconds, and how often it did not', async () => {
    const lines: string[] = [];
    const clock = new FakeClock();
    const log = sparingLogger(createLogger({ app: 'test', write: line => lines.push(line) }), clock);
    for (let at = 0; at < 1_000; at++) log.warn('lost', { at });
    log.warn('other');
    await clock.advance(10_000);
    log.warn('lost', { at: 1_000 });
    expect(lines.map(line => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', message: 'lost', at: 0 },
      { message: 'other' },
      { message: 'lost', at: 1_000, heldBack: 999 },
    ]);
  });
});
