import { ConfigError, describeSettings, loadConfig } from '@steersman/config';
import { runService } from '@steersman/service';
import { createLogger } from '@steersman/telemetry';
import { run } from './run.ts';
import { settings } from './settings.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) process.stdout.write(`${describeSettings(settings)}\n`);
else {
  const log = createLogger({ app: 'proxy' });
  await runService(log, async signal => {
    const { config, operands } = loadConfig('proxy', settings, { args, env: process.env });
    if (operands.length > 0) throw new ConfigError([`unexpected argument "${operands[0]}": proxy takes flags only`]);
    await run(config, { signal, log });
  });
}
