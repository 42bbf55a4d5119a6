import { createAuthorizer } from '@steersman/auth';
import { aborted } from '@steersman/async';
import type { ConfigOf } from '@steersman/config';
import { serverCredentials, startRpcServer } from '@steersman/rpc';
import { createWatchCache, openLmdbStore, runCompaction } from '@steersman/store';
import { type Logger, Metrics } from '@steersman/telemetry';
import { AddressRange, clusterIps } from './admission/cluster-ips.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { podAdmission } from './admission/pod-admission.ts';
import { bootstrap } from './bootstrap.ts';
import { runFeed } from './feed.ts';
import { apiService } from './grpc/api-service.ts';
import { createMachine } from './machine/machine.ts';
import { createNodeGraph } from './node-graph.ts';
import { Documents } from './rest/documents.ts';
import { NodeProxy } from './rest/node-proxy.ts';
import { RestHandler } from './rest/rest-handler.ts';
import { RequestMetrics } from './rest/rest-metrics.ts';
import { startRestServer } from './rest/rest-server.ts';
import type { settings } from './settings.ts';

export { settings } from './settings.ts';

const COMPACT_MS = 5 * 60_000;
const STOP_GRACE_MS = 2_000;

export interface RunOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Serves the API until `signal` aborts. Logs `ready` with the ports once it does. */
export async function run(config: ConfigOf<typeof settings>, { log, signal }: RunOptions): Promise<void> {
  await using store = await openLmdbStore({ dir: config.dataDir, log });
  // The parts end before the store closes, and after the servers.
  const parts = new AbortController();
  const cache = createWatchCache({ store, log });
  const work = [cache.run(parts.signal), runCompaction({ store, everyMs: COMPACT_MS, log, signal: parts.signal })];
  await cache.ready(signal);

  const range = new AddressRange(config.serviceClusterIpRange);
  const authorizer = createAuthorizer(createNodeGraph(cache));
  const handle = createMachine({
    store,
    cache,
    authorizer,
    rules: [namespaceLifecycle(store), podAdmission(store), clusterIps(store, range)],
  });
  const metrics = new Metrics();
  const host = config.advertiseAddress || config.bindAddress;
  let serving = false;

  const rpc = await startRpcServer({
    address: `${config.bindAddress}:${config.grpcPort}`,
    credentials: serverCredentials({ caFile: config.clientCaFile, certFile: config.tlsCertFile, keyFile: config.tlsKeyFile }),
    services: [apiService({ handle, variants: cache.variants, log })],
  });
  const handler = new RestHandler({
    handle,
    authorizer,
    documents: new Documents(`${host}:${config.securePort}`),
    proxy: new NodeProxy({
      store,
      certFile: config.kubeletClientCertFile,
      keyFile: config.kubeletClientKeyFile,
      caFile: config.kubeletCaFile,
    }),
    variants: cache.variants,
    metrics,
    requestMetrics: new RequestMetrics(metrics),
    checks: { ping: () => true, serving: () => serving },
    log,
  });
  const rest = await startRestServer({
    host: config.bindAddress,
    port: config.securePort,
    certFile: config.tlsCertFile,
    keyFile: config.tlsKeyFile,
    clientCaFile: config.clientCaFile,
    handler,
  });
  await bootstrap({ handle, range, address: { host, port: rest.port }, signal });
  serving = true;
  if (config.natsUrl) work.push(runFeed({ store, config, log, signal: parts.signal }));
  log.info('ready', { securePort: rest.port, grpcPort: rpc.port });

  await aborted(signal);
  serving = false;
  await Promise.all([rest.stop(STOP_GRACE_MS), rpc.stop(STOP_GRACE_MS)]);
  parts.abort();
  await Promise.all(work);
  log.info('stopped');
}
