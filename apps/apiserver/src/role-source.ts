import { aborted } from '@steersman/async';
import type { RoleSource } from '@steersman/auth';
import type { WatchCache } from '@steersman/store';
import { clusterRoleBindingKind, clusterRoleKind, type Kind, roleBindingKind, roleKind } from '@steersman/types';
import type { CachedObjects } from './cached-objects.ts';
import { resourcePrefix } from './machine/selection.ts';

export interface WatchedRoles extends RoleSource {
  /** Follows the changes until `signal` aborts; before that the source shows the state of its first reading. */
  run(signal: AbortSignal): Promise<void>;
}

/** Roles and bindings out of the watch cache. */
export function createRoleSource(cache: WatchCache, objects: CachedObjects): WatchedRoles {
  let version = 0;

  const follow = async (kind: Kind, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      using watcher = await cache.resource(resourcePrefix(kind)).watch({}, signal);
      while (await watcher.next()) version++;
      // The cache may have begun anew without telling what it lost.
      version++;
    }
  };

  return {
    get version() {
      return version;
    },
    roles: () => objects.all(roleKind),
    clusterRoles: () => objects.all(clusterRoleKind),
    roleBindings: () => objects.all(roleBindingKind),
    clusterRoleBindings: () => objects.all(clusterRoleBindingKind),
    async run(signal) {
      const ends = [roleKind, clusterRoleKind, roleBindingKind, clusterRoleBindingKind].map(kind => follow(kind, signal));
      await Promise.race([Promise.all(ends), aborted(signal)]);
    },
  };
}
