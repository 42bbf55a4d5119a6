import { ConfigError } from '@steersman/config';
import type { Logger } from '@steersman/telemetry';

/** Exit code for a configuration the user has to mend (sysexits EX_USAGE); supervisors need not retry it. */
const EXIT_USAGE = 64;

/**
 * Runs a program until its work ends. The first SIGINT or SIGTERM aborts the signal and waits for `main`; a second
 * one exits at once with 1. A ConfigError is told in plain words with exit code 64, any other error is logged with 1.
 */
export async function runService(log: Logger, main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await main(stop.signal);
  } catch (err) {
    if (stop.signal.aborted && (err as Error).name === 'AbortError') return;
    if (err instanceof ConfigError) {
      process.stderr.write(`${err.message}\n`);
      process.exitCode = EXIT_USAGE;
      return;
    }
    log.error('service failed', { err });
    process.exit(1); // what had no owner when it failed (a listener, a timer) would keep a dead service alive
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
