import { type Client, createInformer } from '@steersman/client';
import type { Logger } from '@steersman/telemetry';
import { endpointSliceKind, namespaceKind, serviceKind } from '@steersman/types';
import type { ClusterIndex } from './zone/cluster-index.ts';

export interface FollowClusterOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Resolves when the index holds all there was; it goes on following until `signal` aborts. */
export async function followCluster(client: Client, index: ClusterIndex, { signal, log }: FollowClusterOptions): Promise<void> {
  const services = createInformer(client.of(serviceKind), { signal, logger: log });
  const slices = createInformer(client.of(endpointSliceKind), { signal, logger: log });
  const namespaces = createInformer(client.of(namespaceKind), { signal, logger: log });
  services.subscribe(change => index.onService(change));
  slices.subscribe(change => index.onSlice(change));
  namespaces.subscribe(change => index.onNamespace(change));
  await Promise.all([services, slices, namespaces].map(informer => informer.synced(signal)));
}
