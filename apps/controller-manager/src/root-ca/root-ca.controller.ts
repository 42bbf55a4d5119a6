import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type ConfigMap, configMapKind, jsonEquals, namespaceKind } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import type { Informers } from '../informers.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
};

export interface RootCaDeps {
  readonly client: Client;
  readonly informer: Informers;
  /** PEM. */
  readonly rootCa: string;
}

/** Puts the authority that signed the API's certificate into every namespace, where pods mount it beside their token. */
export function rootCaController({ client, informer, rootCa }: RootCaDeps): Controller {
  const [namespaces, configMaps] = [informer(namespaceKind), informer(configMapKind)];
  const data = { 'ca.crt': rootCa };
  return {
    name: 'root-ca',
    workers: 2,
    watches: [
      watch(namespaces, ({ metadata }) => [metadata.name]),
      watch(configMaps, ({ metadata: { name, namespace = '' } }) => (name === NAME ? [namespace] : [])),
    ],
    async reconcile(namespace, { signal }) {
      const found = namespaces.get(namespace);
      if (!found || found.metadata.deletionTimestamp) return undefined;
      const present = configMaps.get(`${namespace}/${NAME}`);
      if (present && jsonEquals(present.data ?? {}, data)) return undefined;
      try {
        if (present) await client.of(configMapKind).update({ ...described(present), data }, { signal });
        else await client.of(configMapKind).create({ metadata: { name: NAME, namespace, annotations: DESCRIPTION }, data }, { signal });
      } catch (err) {
        // Our view was old: it is there already, or the namespace is gone or going.
        if (!isReason(err, 'AlreadyExists', 'NotFound') && !isNamespaceTerminating(err)) throw err;
      }
      return undefined;
    },
  };
}

const described = (configMap: ConfigMap): ConfigMap => ({
  ...configMap,
  metadata: { ...configMap.metadata, annotations: { ...configMap.metadata.annotations, ...DESCRIPTION } },
});
