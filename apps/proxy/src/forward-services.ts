import { backoffMs, type Clock } from '@steersman/async';
import { type Change, type Client, createInformer, type Informer } from '@steersman/client';
import { type Forwarding, forwardService, localEndpoints, type NodePlace } from '@steersman/endpoints';
import { type Logger } from '@steersman/telemetry';
import { type EndpointSlice, endpointSliceKind, type Key, keyOf, type Node, nodeKind, type Service, serviceKind } from '@steersman/types';
import { ChangedKeys } from './changed-keys.ts';
import type { Dataplane } from './dataplane.ts';
import type { HealthCheckPorts } from './health-check-ports.ts';
import type { ProxyMetrics } from './proxy.metrics.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
const ZONE = 'topology.kubernetes.io/zone';
const BY_SERVICE = 'service';
const RETRY = { firstMs: 50, factor: 2, maxMs: 10_000 };

export interface ForwardingDeps {
  readonly client: Client;
  readonly dataplane: Dataplane;
  readonly healthChecks: HealthCheckPorts;
  readonly nodeName: string;
  /** Empty for those in the Node's status. */
  readonly nodeIps: readonly string[];
  readonly syncPeriodMs: number;
  readonly metrics: ProxyMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told each time the kernel has everything. */
  readonly synced: () => void;
}

/** Keeps the node forwarding as Services and their endpoints say, until `signal` aborts. */
export async function forwardServices(deps: ForwardingDeps): Promise<void> {
  const { client, nodeName, clock, log, signal, metrics } = deps;
  const options = { signal, clock };
  const services = createInformer(client.of(serviceKind), { ...options, logger: log.child({ kind: 'services' }) });
  const slices = createInformer(client.of(endpointSliceKind), {
    ...options,
    indexes: { [BY_SERVICE]: slice => [...ownerKey(slice)] },
    logger: log.child({ kind: 'endpointslices' }),
  });
  const nodes = createInformer(client.of(nodeKind), {
    ...options,
    fieldSelector: `metadata.name=${nodeName}`,
    logger: log.child({ kind: 'nodes' }),
  });
  await Promise.all([services.synced(signal), slices.synced(signal), nodes.synced(signal)]);

  const changed = new ChangedKeys<Key>(clock);
  const enqueue = (key: Key): void => {
    metrics.lastQueued.set(clock.wall().getTime() / 1000);
    changed.add(key);
  };
  const all = (): void => services.list().forEach(service => enqueue(keyOf(service)));
  using _services = services.subscribe(({ prev, next }) => {
    metrics.serviceChanges.add();
    for (const service of [prev, next]) if (service) enqueue(keyOf(service));
  });
  using _slices = slices.subscribe(({ prev, next }) => {
    metrics.endpointChanges.add();
    for (const slice of [prev, next]) if (slice) ownerKey(slice).forEach(enqueue);
  });
  using _nodes = nodes.subscribe(change => {
    if (isMove(change)) all();
  });
  await new ServiceSync(deps, { services, slices, nodes }).run(changed);
}

const ownerKey = ({ metadata: { namespace, labels = {} } }: EndpointSlice): readonly Key[] =>
  labels[SERVICE_NAME] ? [`${namespace}/${labels[SERVICE_NAME]}`] : [];

/** Nodes change with every heartbeat; only zone and addresses matter here. */
const isMove = ({ prev, next }: Change<Node>): boolean =>
  prev?.metadata.labels?.[ZONE] !== next?.metadata.labels?.[ZONE] || addressesOf(prev).join() !== addressesOf(next).join();

const addressesOf = (node: Node | undefined): readonly string[] =>
  (node?.status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);

interface Informers {
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly nodes: Informer<Node>;
}

class ServiceSync {
  readonly #deps: ForwardingDeps;
  readonly #informers: Informers;
  #failed = 0;

  constructor(deps: ForwardingDeps, informers: Informers) {
    this.#deps = deps;
    this.#informers = informers;
  }

  /** Changes that come while others are applied wait for one transaction together: many cost little more than one. */
  async run(changed: ChangedKeys<Key>): Promise<void> {
    const { signal, syncPeriodMs, dataplane, log } = this.#deps;
    let first = true;
    while (!signal.aborted) {
      const keys = first ? new Set(this.#informers.services.list().map(keyOf)) : await changed.take(syncPeriodMs, signal);
      if (signal.aborted) return;
      if (keys.size === 0) dataplane.doubt();
      if (!(await this.#apply(keys, { whole: first }))) {
        for (const key of keys) changed.add(key);
        continue;
      }
      if (first) log.info('ready', { services: keys.size });
      first = false;
    }
  }

  async #apply(keys: ReadonlySet<Key>, { whole }: { readonly whole: boolean }): Promise<boolean> {
    const { dataplane, healthChecks, metrics, clock, log, signal, synced } = this.#deps;
    const [startMs, place] = [clock.now(), this.#place()];
    const forwardings = new Map([...keys].map(key => [key, this.#forwardings(key, place)] as const));
    try {
      await dataplane.apply(forwardings, signal);
    } catch (err) {
      if (signal.aborted) return false;
      this.#failed++;
      metrics.syncFailures.add();
      log.warn('rules not changed', { err, services: keys.size, failed: this.#failed });
      dataplane.doubt();
      await clock.sleep(backoffMs(this.#failed, RETRY), signal).catch(() => {}); // the abort ends the loop
      return false;
    }
    this.#failed = 0;
    for (const key of keys) healthChecks.set(key, this.#healthCheck(key, place));
    const now = clock.wall().getTime() / 1000;
    metrics.syncDuration.observe((clock.now() - startMs) / 1000);
    metrics.lastSync.set(now);
    if (!whole)
      for (const since of [...keys].flatMap(key => this.#changedSince(key))) metrics.programming.observe(Math.max(0, now - since));
    log.debug('rules changed', { services: keys.size, ms: Math.round(clock.now() - startMs) });
    synced();
    return true;
  }

  #place(): NodePlace {
    const { nodeName, nodeIps } = this.#deps;
    const node = this.#informers.nodes.get(nodeName);
    const zone = node?.metadata.labels?.[ZONE];
    const own = nodeIps.length > 0 ? nodeIps : addressesOf(node);
    return { nodeName, ...(zone !== undefined && { zone }), nodePortAddresses: [...new Set([...own, '127.0.0.1'])] };
  }

  #forwardings(key: Key, place: NodePlace): readonly Forwarding[] {
    const service = this.#informers.services.get(key);
    if (!service) return [];
    try {
      return forwardService(service, this.#informers.slices.by(BY_SERVICE, key), place);
    } catch (err) {
      // One object that cannot be read must not stop the others.
      this.#deps.log.error('service not forwarded', { err, service: key });
      return [];
    }
  }

  #healthCheck(key: Key, place: NodePlace) {
    const service = this.#informers.services.get(key);
    const port = service?.spec.healthCheckNodePort;
    const endpoints = service && localEndpoints(service, this.#informers.slices.by(BY_SERVICE, key), place);
    return port !== undefined && endpoints !== undefined ? { port, endpoints } : undefined;
  }

  /** In seconds of wall time, when the endpoint controller saw the cause of its last change. */
  #changedSince(key: Key): readonly number[] {
    const times = this.#informers.slices
      .by(BY_SERVICE, key)
      .map(({ metadata }) => Date.parse(metadata.annotations?.[LAST_CHANGE] ?? '') / 1000);
    const known = times.filter(time => !Number.isNaN(time));
    return known.length > 0 ? [Math.max(...known)] : [];
  }
}
