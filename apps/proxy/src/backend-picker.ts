import type { Clock } from '@steersman/async';
import type { Backend } from '@steersman/endpoints';

export interface BackendPicker {
  /** Undefined when there is none. */
  pick(client: string): Backend | undefined;
  update(backends: readonly Backend[], affinitySeconds: number | undefined): void;
}

/** Clients that are remembered; the one that has been quiet for longest is forgotten first. */
const MAX_CLIENTS = 65_536;

/** Takes backends in turn; with affinity, a client gets the same one until it has been quiet for the time told. */
export function backendPicker(clock: Clock): BackendPicker {
  let backends: readonly Backend[] = [];
  let affinityMs: number | undefined;
  let next = 0;
  const clients = new Map<string, { readonly backend: Backend; readonly atMs: number }>();
  const remembered = (client: string): Backend | undefined => {
    const note = clients.get(client);
    return note && affinityMs !== undefined && clock.now() - note.atMs < affinityMs ? note.backend : undefined;
  };
  return {
    pick(client) {
      if (backends.length === 0) return undefined;
      const backend = remembered(client) ?? backends[next++ % backends.length];
      if (!backend || affinityMs === undefined) return backend;
      clients.delete(client);
      clients.set(client, { backend, atMs: clock.now() });
      const [oldest] = clients.keys();
      if (clients.size > MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
      return backend;
    },
    update(given, affinitySeconds) {
      backends = given;
      affinityMs = affinitySeconds === undefined ? undefined : affinitySeconds * 1_000;
      for (const [client, { backend }] of clients) {
        const still = given.find(({ address, port }) => address === backend.address && port === backend.port);
        if (!still || affinityMs === undefined) clients.delete(client);
      }
    },
  };
}
