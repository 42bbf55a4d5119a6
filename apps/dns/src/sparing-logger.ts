import type { Clock } from '@steersman/async';
import type { Fields, Logger } from '@steersman/telemetry';

const EVERY_MS = 10_000;

/** Says each message at most once in ten seconds, with how often it was held back: senders of packets must not fill disks. */
export function sparingLogger(log: Logger, clock: Pick<Clock, 'now'>): Logger {
  const said = new Map<string, { at: number; heldBack: number }>();
  const sparing =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: Fields): void => {
      const last = said.get(message);
      if (last && clock.now() - last.at < EVERY_MS) {
        last.heldBack++;
        return;
      }
      said.set(message, { at: clock.now(), heldBack: 0 });
      log[level](message, { ...fields, ...(last && last.heldBack > 0 && { heldBack: last.heldBack }) });
    };
  return {
    debug: sparing('debug'),
    info: sparing('info'),
    warn: sparing('warn'),
    error: sparing('error'),
    child: fields => sparingLogger(log.child(fields), clock),
  };
}
