import { aborted } from '@steersman/async';
import type { RoleSource } from '@steersman/auth';
import type { ResourceCache, StoredObject, WatchCache } from '@steersman/store';
import {
  type ApiObject,
  type ClusterRole,
  type ClusterRoleBinding,
  clusterRoleBindingKind,
  clusterRoleKind,
  type Kind,
  type Role,
  type RoleBinding,
  roleBindingKind,
  roleKind,
} from '@steersman/types';
import { resourcePrefix } from './machine/selection.ts';

export interface WatchedRoles extends RoleSource {
  /** Follows the changes until `signal` aborts; before that the source shows the state of its first reading. */
  run(signal: AbortSignal): Promise<void>;
}

/** Roles and bindings out of the watch cache. */
export function createRoleSource(cache: WatchCache): WatchedRoles {
  let version = 0;
  const parsed = new WeakMap<StoredObject, ApiObject>();
  const resource = (kind: Kind): ResourceCache => cache.resource(resourcePrefix(kind));
  const all = <T extends ApiObject>(kind: Kind<T>): readonly T[] =>
    resource(kind)
      .select({})
      .map(stored => objectOf<T>(stored, parsed));

  const follow = async (kind: Kind, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      using watcher = await resource(kind).watch({}, signal);
      while (await watcher.next()) version++;
      // The cache may have begun anew without telling what it lost.
      version++;
    }
  };

  return {
    get version() {
      return version;
    },
    roles: () => all<Role>(roleKind),
    clusterRoles: () => all<ClusterRole>(clusterRoleKind),
    roleBindings: () => all<RoleBinding>(roleBindingKind),
    clusterRoleBindings: () => all<ClusterRoleBinding>(clusterRoleBindingKind),
    async run(signal) {
      const ends = [roleKind, clusterRoleKind, roleBindingKind, clusterRoleBindingKind].map(kind => follow(kind, signal));
      await Promise.race([Promise.all(ends), aborted(signal)]);
    },
  };
}

function objectOf<T extends ApiObject>(stored: StoredObject, parsed: WeakMap<StoredObject, ApiObject>): T {
  const known = parsed.get(stored) ?? (JSON.parse(stored.body.toString('utf8')) as ApiObject);
  parsed.set(stored, known);
  return known as T; // the cache keeps one kind per resource
}
