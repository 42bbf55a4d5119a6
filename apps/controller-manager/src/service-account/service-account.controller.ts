import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { namespaceKind, serviceAccountKind } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import type { Informers } from '../informers.ts';

const NAME = 'default';

export interface ServiceAccountDeps {
  readonly client: Client;
  readonly informer: Informers;
}

/** Gives every namespace the service account its pods run as unless they name another. */
export function serviceAccountController({ client, informer }: ServiceAccountDeps): Controller {
  const [namespaces, accounts] = [informer(namespaceKind), informer(serviceAccountKind)];
  return {
    name: 'service-account',
    watches: [
      watch(namespaces, ({ metadata }) => [metadata.name]),
      watch(accounts, ({ metadata: { name, namespace = '' } }) => (name === NAME ? [namespace] : [])),
    ],
    async reconcile(key, { signal }) {
      const namespace = namespaces.get(key);
      if (!namespace || namespace.metadata.deletionTimestamp || accounts.get(`${key}/${NAME}`)) return undefined;
      try {
        await client.of(serviceAccountKind).create({ metadata: { name: NAME, namespace: key } }, { signal });
      } catch (err) {
        // Our view was old: it is there already, or the namespace is gone or going.
        if (!isReason(err, 'AlreadyExists', 'NotFound') && !isNamespaceTerminating(err)) throw err;
      }
      return undefined;
    },
  };
}
