import { run as runApiserver, settings as apiserver } from '@steersman/app-apiserver/run';
import { run as runControllerManager, settings as controllerManager } from '@steersman/app-controller-manager/run';
import { run as runDns, settings as dns } from '@steersman/app-dns/run';
import { run as runKubelet, settings as kubelet } from '@steersman/app-kubelet/run';
import { run as runProxy, settings as proxy } from '@steersman/app-proxy/run';
import { run as runScheduler, settings as scheduler } from '@steersman/app-scheduler/run';
import { ConfigError, type ConfigOf, loadConfig, type Settings } from '@steersman/config';
import { runService } from '@steersman/service';
import { createLogger, type Logger } from '@steersman/telemetry';
import { readJson } from '../cluster/json-file.ts';

/** Flags by app. */
export type AllInOne = Readonly<Record<string, readonly string[]>>;

const [file = ''] = process.argv.slice(2);

await runService(createLogger({ app: 'all-in-one' }), async signal => {
  const flags = readJson<AllInOne>(file);
  if (!flags) throw new ConfigError([`${file} is missing or damaged: \`steersman up --all-in-one\` writes it`]);

  const part = <S extends Settings>(
    app: string,
    settings: S,
    run: (config: ConfigOf<S>, options: RunOptions) => Promise<void>,
  ): Promise<void> => {
    const { config } = loadConfig(app, settings, { args: flags[app] ?? [], env: process.env });
    return run(config, { signal, log: createLogger({ app }) });
  };
  await Promise.all([
    part('apiserver', apiserver, runApiserver),
    part('scheduler', scheduler, runScheduler),
    part('controller-manager', controllerManager, runControllerManager),
    part('kubelet', kubelet, runKubelet),
    part('proxy', proxy, runProxy),
    part('dns', dns, runDns),
  ]);
});

interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}
