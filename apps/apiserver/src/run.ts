import { aborted } from '@steersman/async';
import type { ConfigOf } from '@steersman/config';
import { serverCredentials, startRpcServer } from '@steersman/rpc';
import { createWatchCache, openLmdbStore, runCompaction } from '@steersman/store';
import { type Logger, Metrics } from '@steersman/telemetry';
import { createApi } from './api.ts';
import { bootstrap, publishOwnService } from './bootstrap.ts';
import { runFeed } from './feed.ts';
import { apiService } from './grpc/api-service.ts';
import type { Handle } from './machine/machine.ts';
import { Documents } from './rest/documents.ts';
import type { HealthChecks } from './rest/health.ts';
import { Inflight } from './rest/inflight.ts';
import { NodeProxy } from './rest/node-proxy.ts';
import { RestHandler } from './rest/rest-handler.ts';
import { RequestMetrics } from './rest/rest-metrics.ts';
import { startRestServer } from './rest/rest-server.ts';
import type { settings } from './settings.ts';
import { systemRequests } from './system-requests.ts';
import { issuerDocuments } from './tokens/issuer-documents.ts';

export { settings } from './settings.ts';

const COMPACT_MS = 5 * 60_000;
const STOP_GRACE_MS = 2_000;

export interface RunOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called once it serves: for whoever runs in the same process. */
  readonly onReady?: (serving: Serving) => void;
}

export interface Serving {
  /** The API without a transport. */
  readonly handle: Handle;
  readonly securePort: number;
  readonly grpcPort: number;
}

/** Serves the API until `signal` aborts. Logs `ready` with the ports once it does. */
export async function run(config: ConfigOf<typeof settings>, { log, signal, onReady }: RunOptions): Promise<void> {
  await using store = await openLmdbStore({ dir: config.dataDir, log });
  // The parts end before the store closes, and after the servers.
  const parts = new AbortController();
  const cache = createWatchCache({ store, log });
  const work = [cache.run(parts.signal), runCompaction({ store, everyMs: COMPACT_MS, log, signal: parts.signal })];
  await cache.ready(signal);

  const api = createApi({ config, store, cache });
  const { handle, authorizer, authenticate, tokenKeys, serviceRange } = api;
  work.push(api.run(parts.signal));
  const requests = systemRequests(handle, signal);
  await bootstrap(requests);
  const metrics = new Metrics();
  const requestMetrics = new RequestMetrics(metrics);
  const host = config.advertiseAddress || (config.bindAddress[0] ?? '127.0.0.1');
  const address = `${host}:${config.securePort}`;
  let bootstrapped = false;

  const rpc = await startRpcServer({
    addresses: config.bindAddress.map(bound => `${bound}:${config.grpcPort}`),
    credentials: serverCredentials({ caFile: config.clientCaFile, certFile: config.tlsCertFile, keyFile: config.tlsKeyFile }),
    services: [apiService({ handle, variants: cache.variants, log })],
  });
  const handler = new RestHandler({
    handle,
    authenticate,
    authorizer,
    documents: new Documents(address, issuerDocuments({ issuer: config.serviceAccountIssuer, address, keys: tokenKeys.keys })),
    proxy: new NodeProxy({
      store,
      certFile: config.kubeletClientCertFile,
      keyFile: config.kubeletClientKeyFile,
      caFile: config.kubeletCaFile,
    }),
    variants: cache.variants,
    metrics,
    requestMetrics,
    inflight: new Inflight({ readOnly: config.maxRequestsInflight, mutating: config.maxMutatingRequestsInflight }, requestMetrics.inflight),
    checks: healthChecks({ isBootstrapped: () => bootstrapped, signal }),
    log,
  });
  const rest = await startRestServer({
    hosts: config.bindAddress,
    port: config.securePort,
    certFile: config.tlsCertFile,
    keyFile: config.tlsKeyFile,
    clientCaFile: config.clientCaFile,
    handler,
  });
  await publishOwnService({ requests, range: serviceRange, address: { host, port: rest.port } });
  bootstrapped = true;
  if (config.natsUrl) work.push(runFeed({ store, config, log, signal: parts.signal }));
  log.info('ready', { securePort: rest.port, grpcPort: rpc.port });
  onReady?.({ handle, securePort: rest.port, grpcPort: rpc.port });

  await aborted(signal);
  await Promise.all([rest.stop(STOP_GRACE_MS), rpc.stop(STOP_GRACE_MS)]);
  parts.abort();
  await Promise.all(work);
  log.info('stopped');
}

/** Upstream's names, where we have the same thing: the store and the cache are open as long as this process serves. */
function healthChecks({ isBootstrapped, signal }: { readonly isBootstrapped: () => boolean; readonly signal: AbortSignal }): HealthChecks {
  const livez = { ping: () => true, etcd: () => true };
  return {
    livez,
    readyz: { ...livez, 'informer-sync': () => true, 'poststarthook/bootstrap': isBootstrapped, shutdown: () => !signal.aborted },
  };
}
