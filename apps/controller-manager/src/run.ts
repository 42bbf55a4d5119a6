import { readFile } from 'node:fs/promises';
import { systemClock } from '@steersman/async';
import { type Client, connectClient } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import { type Controller, createEventRecorder, lead, leaderIdentity, queueMetrics, runController } from '@steersman/controller';
import { startHealthServer } from '@steersman/service';
import { type Logger, Metrics } from '@steersman/telemetry';
import { eventKind, leaseKind } from '@steersman/types';
import { certificateControllers, loadCertifier } from './certificates/certificate-controllers.ts';
import { controllers } from './controllers.ts';
import { sharedInformers } from './informers.ts';
import { cidrPlan } from './node-lifecycle/cidr.ts';
import type { Config } from './settings.ts';

export { settings } from './settings.ts';

const LEASE = 'kube-controller-manager';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Runs every controller whenever this process is the leader; a standby holds no watches. */
export async function run(config: Config, { signal, log }: RunOptions): Promise<void> {
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    if (config[name] === '') throw new ConfigError([`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} is needed`]);
  }
  cidrPlan(config.clusterCidr); // a bad range is told at once, not when this process comes to lead
  const certifier = loadCertifier(config);
  const rootCa = await readRootCa(config);
  const metrics = new Metrics();
  await using health = await startHealthServer({ port: config.healthPort, metrics });
  await using client = connectClient({
    address: config.apiserver,
    caFile: config.caFile,
    certFile: config.certFile,
    keyFile: config.keyFile,
    logger: log,
  });
  const identity = leaderIdentity(config.healthPort);
  log.info('controller manager started', { identity, healthPort: health.port, apiserver: config.apiserver });

  const queues = queueMetrics(metrics);
  await lead({ leases: client.of(leaseKind), name: LEASE, identity, signal, log }, async term => {
    const running = makeControllers({ client, config, certifier, rootCa, log, term });
    await Promise.all(running.map(controller => runController(controller, { signal: term, log, metrics: queues })));
  });
}

async function readRootCa({ rootCaFile, caFile }: Config): Promise<string> {
  const [name, file] = rootCaFile === '' ? ['--ca-file', caFile] : ['--root-ca-file', rootCaFile];
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    throw new ConfigError([`${name} ${file} cannot be read: ${(err as Error).message}`]);
  }
}

interface Term {
  readonly client: Client;
  readonly config: Config;
  readonly certifier: ReturnType<typeof loadCertifier>;
  readonly rootCa: string;
  readonly log: Logger;
  /** Ends with the leadership. */
  readonly term: AbortSignal;
}

function makeControllers({ client, config, certifier, rootCa, log, term }: Term): readonly Controller[] {
  const recorder = (component: string) => createEventRecorder({ events: client.of(eventKind), component, signal: term, log });
  const informer = sharedInformers(client, { signal: term, logger: log });
  const deps = { client, informer, clock: systemClock };
  return [
    ...controllers({ ...deps, recorder, clusterCidr: config.clusterCidr, rootCa }),
    ...certificateControllers({ ...deps, certifier, lifetimeMs: config.clusterSigningDuration }),
  ];
}
