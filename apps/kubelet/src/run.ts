import { mkdirSync } from 'node:fs';
import { connectClient } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import { createEventRecorder } from '@steersman/controller';
import { connectCri } from '@steersman/cri';
import { startHealthServer } from '@steersman/service';
import { type Logger, Metrics } from '@steersman/telemetry';
import { eventKind } from '@steersman/types';
import { powerFailure } from './node/power-failure.ts';
import { nodeParts } from './node-parts.ts';
import { podSource } from './pods/pod-source.ts';
import { nodeAccess } from './server/node-access.ts';
import { startServer } from './server/index.ts';
import type { Config } from './settings.ts';

export { settings } from './settings.ts';

/** Users see events within a second; a pod's start is not slowed down by telling of it. */
const EVENT_DELAY_MS = 300;

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** The node agent until `signal` aborts; what runs in containers goes on without it. */
export async function run(config: Config, { signal: ended, log }: RunOptions): Promise<void> {
  const shutDown = new AbortController();
  const signal = AbortSignal.any([ended, shutDown.signal]); // one for the whole process
  checkFiles(config);
  mkdirSync(config.rootDir, { recursive: true });
  const metrics = new Metrics();
  await using health = await startHealthServer({ port: config.healthPort, metrics });
  await using client = connectClient({ ...config, address: config.apiserver, logger: log });
  using cri = connectCri({ endpoint: config.containerRuntimeEndpoint, log });
  const recorder = createEventRecorder({
    events: client.of(eventKind),
    component: 'kubelet',
    host: config.nodeName,
    signal,
    log,
    delayMs: EVENT_DELAY_MS,
  });
  const { podAgent, loops } = nodeParts(config, { client, cri, recorder, signal, log });
  await using server = await startServer(
    { pods: podSource(podAgent, config.podLogDir), cri, metrics, mayCall: nodeAccess({ client, nodeName: config.nodeName, signal }) },
    { ...config, host: config.nodeIp, log },
  );
  log.info('ready', { node: config.nodeName, port: server.port, healthPort: health.port });
  const untilDown = async (): Promise<void> => {
    await powerFailure(signal);
    log.info('the node shuts down: pods are stopped', { graceMs: config.shutdownGracePeriod });
    await podAgent.shutDown(config.shutdownGracePeriod);
    log.info('pods are stopped');
    shutDown.abort();
  };
  await Promise.all([untilDown(), ...loops.map(loop => loop())]).catch((err: unknown) => {
    if (!signal.aborted) throw err;
  });
}

function checkFiles(config: Config): void {
  const needed = ['caFile', 'certFile', 'keyFile', 'tlsCertFile', 'tlsKeyFile', 'clientCaFile'] as const;
  const missing = needed.filter(name => config[name] === '');
  if (missing.length > 0)
    throw new ConfigError(missing.map(name => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} is needed`));
}
