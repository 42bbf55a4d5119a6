import { loadConfig } from '@steersman/config';
import { runService } from '@steersman/service';
import { createLogger } from '@steersman/telemetry';
import { run } from './run.ts';
import { settings } from './settings.ts';

const log = createLogger({ app: 'apiserver' });
await runService(log, signal =>
  run(loadConfig('apiserver', settings, { args: process.argv.slice(2), env: process.env }).config, { log, signal }),
);
