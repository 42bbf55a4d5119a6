import { systemClock } from '@steersman/async';
import { type Client, connectClient } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import { startHealthServer } from '@steersman/service';
import { type Logger, Metrics } from '@steersman/telemetry';
import { conntrack } from './conntrack.ts';
import type { Dataplane } from './dataplane.ts';
import { forwardServices } from './forward-services.ts';
import { healthCheckPorts } from './health-check-ports.ts';
import { hasIptables, iptablesDataplane, removeIptablesRules } from './iptables-dataplane.ts';
import { nftDataplane, removeServiceRules } from './nft-dataplane.ts';
import { runOverlay } from './overlay/run-overlay.ts';
import { type ProxyMetrics, proxyMetrics } from './proxy.metrics.ts';
import type { Config } from './settings.ts';
import { userspaceDataplane } from './userspace-dataplane.ts';

export { settings } from './settings.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Makes the addresses of Services work on this node until the signal; the rules stay, so that connections live on. */
export async function run(config: Config, { signal, log }: RunOptions): Promise<void> {
  if (config.cleanup) {
    await removeServiceRules(config.clusterName);
    if (await hasIptables()) await removeIptablesRules(config.clusterName);
    return;
  }
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    if (config[name] === '') throw new ConfigError([`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} is needed`]);
  }
  const registry = new Metrics();
  const metrics = proxyMetrics(registry);
  let synced = false;
  const checks = { rules: () => synced };
  await using _health = await startHealthServer({ port: config.healthPort, host: config.healthHost, metrics: registry, checks });
  await using client = connectClient({
    address: config.apiserver,
    caFile: config.caFile,
    certFile: config.certFile,
    keyFile: config.keyFile,
    logger: log,
  });
  await using dataplane = await startDataplane(config, metrics, log);
  await using healthChecks = healthCheckPorts({ log, healthy: () => synced });
  log.info('proxy started', { node: config.nodeName, mode: config.proxyMode, apiserver: config.apiserver });
  const forwarding = forwardServices({
    client,
    dataplane,
    healthChecks,
    nodeName: config.nodeName,
    nodeIps: config.nodeIps,
    syncPeriodMs: config.syncPeriod,
    metrics,
    clock: systemClock,
    log,
    signal,
    synced: () => (synced = true),
  });
  await Promise.all([forwarding, followNodes(config, { client, log, signal })]);
}

interface FollowDeps extends RunOptions {
  readonly client: Client;
}

/** A fault of the overlay is tried again there: it does not end the forwarding of Services. */
async function followNodes({ overlay, clusterName, nodeName, clusterCidr, linkMtu }: Config, deps: FollowDeps): Promise<void> {
  if (overlay === 'none') return;
  const options = { overlay, cluster: clusterName, nodeName, clusterCidrs: clusterCidr, linkMtu, clock: systemClock };
  await runOverlay({ ...deps, ...options }).catch((err: unknown) => {
    if (!deps.signal.aborted) throw err;
  });
}

async function startDataplane(config: Config, metrics: ProxyMetrics, log: Logger): Promise<Dataplane> {
  const { clusterName, clusterCidr: clusterCidrs, proxyMode, nodeIps } = config;
  if (proxyMode === 'iptables') return iptablesDataplane({ clusterName, clusterCidrs });
  const kernel = nftDataplane({ clusterName, clusterCidrs, conntrack: conntrack({ deleted: metrics.staleFlows, log }), log });
  if (proxyMode === 'nftables') return kernel;
  if (nodeIps.length === 0)
    throw new ConfigError(['--proxy-mode=userspace needs --node-ips: connections are brought to this process there']);
  return userspaceDataplane({ capture: kernel, nodeIps, log });
}
